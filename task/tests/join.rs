//! Joining: the handle's waker, before and after completion, and the handle's end.

mod util;

use plies_task::{Outcome, spawn};
use util::{Counter, Probe, Queue, now, panic_message, poll};

#[test]
fn a_waiting_joiner_is_woken_once() {
    let (runnable, mut handle) = spawn(async { "done" }, Queue::new());
    let wakes = Counter::new();
    assert!(poll(&mut handle, &wakes.waker()).is_pending());
    assert_eq!(wakes.get(), 0);
    runnable.run();
    assert_eq!(wakes.get(), 1);
    assert_eq!(now(&mut handle).unwrap(), "done");
}

#[test]
fn polling_again_with_the_same_waker_keeps_it() {
    let (runnable, mut handle) = spawn(async {}, Queue::new());
    let wakes = Counter::new();
    let waker = wakes.waker();
    for _ in 0..3 {
        assert!(poll(&mut handle, &waker).is_pending());
    }
    runnable.run();
    assert_eq!(wakes.get(), 1);
}

#[test]
fn the_last_waker_registered_is_woken() {
    let (runnable, mut handle) = spawn(async {}, Queue::new());
    let (first, second) = (Counter::new(), Counter::new());
    assert!(poll(&mut handle, &first.waker()).is_pending());
    assert!(poll(&mut handle, &second.waker()).is_pending());
    runnable.run();
    assert_eq!((first.get(), second.get()), (0, 1));
}

#[test]
fn a_handle_that_moves_between_tasks_wakes_the_last_one() {
    let (runnable, mut handle) = spawn(async { 5 }, Queue::new());
    let outer = Queue::new();
    let (joiner, mut joined) = {
        assert!(poll(&mut handle, &Counter::new().waker()).is_pending());
        spawn(async move { handle.await.unwrap() }, outer.clone())
    };
    assert_eq!(joiner.run(), Outcome::Pending);
    runnable.run();
    outer.pop().run();
    assert_eq!(now(&mut joined).unwrap(), 5);
}

#[test]
fn dropping_the_handle_detaches_the_task() {
    let (queue, probe) = (Queue::new(), Probe::ready_at(2));
    let (runnable, handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    drop(handle);
    probe.take_waker().wake();
    assert_eq!(queue.pop().run(), Outcome::Complete);
    assert_eq!(probe.drops.get(), 1);
}

#[test]
fn a_detached_task_drops_its_result_when_it_completes() {
    let drops = Counter::new();
    let result = drops.on_drop();
    let (runnable, handle) = spawn(async move { result }, Queue::new());
    handle.detach();
    runnable.run();
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_result_nobody_took_is_dropped_with_the_handle() {
    let drops = Counter::new();
    let result = drops.on_drop();
    let (runnable, handle) = spawn(async move { result }, Queue::new());
    runnable.run();
    assert_eq!(drops.get(), 0, "the handle may still take it");
    drop(handle);
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_result_that_was_taken_is_not_dropped_again() {
    let drops = Counter::new();
    let result = drops.on_drop();
    let (runnable, mut handle) = spawn(async move { result }, Queue::new());
    runnable.run();
    let taken = now(&mut handle).unwrap();
    drop(handle);
    assert_eq!(drops.get(), 0);
    drop(taken);
    assert_eq!(drops.get(), 1);
}

#[test]
fn dropping_a_handle_drops_the_waker_it_left() {
    let (_runnable, mut handle) = spawn(async {}, Queue::new());
    let (wakes, held) = (Counter::new(), std::sync::Arc::new(Counter::new()));
    let waker = held.clone().into();
    assert!(poll(&mut handle, &waker).is_pending());
    drop(waker);
    assert_eq!(std::sync::Arc::strong_count(&held), 2);
    drop(handle);
    assert_eq!(std::sync::Arc::strong_count(&held), 1);
    assert_eq!(wakes.get(), 0);
}

#[test]
fn is_finished_says_when_awaiting_returns_at_once() {
    let (runnable, handle) = spawn(async {}, Queue::new());
    assert!(!handle.is_finished());
    runnable.run();
    assert!(handle.is_finished());
}

#[test]
fn polling_a_handle_after_its_result_panics_and_says_why() {
    let (runnable, mut handle) = spawn(async {}, Queue::new());
    runnable.run();
    now(&mut handle).unwrap();
    let message = panic_message(|| drop(now(&mut handle))).unwrap();
    assert!(
        message.contains("polled after it returned its result"),
        "{message}"
    );
}

#[test]
fn a_task_may_own_its_own_handle() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let cell = std::sync::Arc::new(std::sync::Mutex::new(None));
    let (own, future) = (cell.clone(), probe.future());
    let (runnable, handle) = spawn(
        async move {
            let _own = own.lock().unwrap().take();
            future.await
        },
        queue.clone(),
    );
    let abort = handle.abort_handle();
    *cell.lock().unwrap() = Some(handle);
    runnable.run();
    drop(probe.take_waker());
    assert_eq!(queue.len(), 0, "it can still be reached");
    abort.abort();
    drop(abort);
    assert_eq!(queue.pop().run(), Outcome::Cancelled);
    assert_eq!(queue.references(), 1);
}

#[test]
fn handles_are_send_and_sync_when_the_result_is_send() {
    fn check<T: Send + Sync + Unpin>(_: &T) {}
    let (runnable, handle) = spawn(async { std::cell::Cell::new(1) }, Queue::new());
    check(&runnable);
    check(&handle);
    check(&handle.abort_handle());
}
