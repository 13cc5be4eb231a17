//! Cancelling: by abort, by dropping the runnable, by dropping the last reference.

mod util;

use plies_task::{Cause, Outcome, spawn};
use util::{Counter, Probe, Queue, now, poll};

#[test]
fn aborting_a_task_that_never_ran_cancels_it_without_a_poll() {
    let (queue, probe) = (Queue::new(), Probe::ready_at(1));
    let (runnable, mut handle) = spawn(probe.future(), queue.clone());
    handle.abort();
    assert_eq!(queue.scheduled(), 0, "it is queued already");
    assert_eq!(runnable.run(), Outcome::Cancelled);
    assert_eq!((probe.polls.get(), probe.drops.get()), (0, 1));
    assert!(now(&mut handle).unwrap_err().is_cancelled());
}

#[test]
fn aborting_an_idle_task_schedules_it_to_be_dropped() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, mut handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    handle.abort();
    handle.abort();
    assert_eq!(probe.drops.get(), 0, "not by the aborting thread");
    let (runnable, cause) = queue.try_pop().unwrap();
    assert_eq!(cause, Cause::Woken);
    assert_eq!(runnable.run(), Outcome::Cancelled);
    assert_eq!((probe.polls.get(), probe.drops.get()), (1, 1));
    assert!(now(&mut handle).unwrap_err().is_cancelled());
    assert_eq!(queue.len(), 0);
}

#[test]
fn a_task_aborted_during_its_poll_is_cancelled_after_it() {
    let queue = Queue::new();
    let drops = Counter::new();
    let guard = drops.on_drop();
    let abort = std::sync::Arc::new(std::sync::Mutex::new(None::<plies_task::AbortHandle>));
    let inner = abort.clone();
    let (runnable, mut handle) = spawn(
        async move {
            let _guard = guard;
            inner.lock().unwrap().take().unwrap().abort();
            std::future::pending::<()>().await
        },
        queue.clone(),
    );
    *abort.lock().unwrap() = Some(handle.abort_handle());
    assert_eq!(runnable.run(), Outcome::Cancelled);
    assert_eq!(drops.get(), 1);
    assert!(now(&mut handle).unwrap_err().is_cancelled());
}

#[test]
fn a_task_that_completes_in_the_poll_it_was_aborted_in_keeps_its_result() {
    let abort = std::sync::Arc::new(std::sync::Mutex::new(None::<plies_task::AbortHandle>));
    let inner = abort.clone();
    let (runnable, mut handle) = spawn(
        async move {
            inner.lock().unwrap().take().unwrap().abort();
            3
        },
        Queue::new(),
    );
    *abort.lock().unwrap() = Some(handle.abort_handle());
    assert_eq!(runnable.run(), Outcome::Complete);
    assert_eq!(now(&mut handle).unwrap(), 3);
}

#[test]
fn aborting_a_complete_task_changes_nothing() {
    let (runnable, mut handle) = spawn(async { 3 }, Queue::new());
    runnable.run();
    handle.abort();
    assert_eq!(now(&mut handle).unwrap(), 3);
}

#[test]
fn an_abort_handle_outlives_the_task() {
    let queue = Queue::new();
    let (runnable, handle) = spawn(async {}, queue.clone());
    let abort = handle.abort_handle();
    assert!(!abort.is_finished());
    runnable.run();
    drop(handle);
    assert!(abort.is_finished());
    abort.abort();
    drop(abort.clone());
    drop(abort);
    assert_eq!(queue.references(), 1);
}

#[test]
fn dropping_the_runnable_cancels_the_task_there_and_then() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, mut handle) = spawn(probe.future(), queue.clone());
    let wakes = Counter::new();
    assert!(poll(&mut handle, &wakes.waker()).is_pending());
    drop(runnable);
    assert_eq!(probe.drops.get(), 1);
    assert_eq!(wakes.get(), 1);
    assert!(now(&mut handle).unwrap_err().is_cancelled());
}

#[test]
fn the_joiner_of_an_aborted_task_is_woken_when_it_is_dropped() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, mut handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    let wakes = Counter::new();
    assert!(poll(&mut handle, &wakes.waker()).is_pending());
    handle.abort();
    assert_eq!(wakes.get(), 0);
    queue.pop().run();
    assert_eq!(wakes.get(), 1);
}

#[test]
fn a_task_that_nothing_can_wake_is_cancelled_by_its_scheduler() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    drop(handle);
    assert_eq!(queue.len(), 0, "its waker is left");
    drop(probe.take_waker());
    assert_eq!(probe.drops.get(), 0, "a waker's destructor runs no other");
    assert_eq!(queue.pop().run(), Outcome::Cancelled);
    assert_eq!((probe.polls.get(), probe.drops.get()), (1, 1));
    assert_eq!(queue.references(), 1);
}

#[test]
fn a_detached_task_that_keeps_no_waker_is_cancelled_after_its_poll() {
    let queue = Queue::new();
    let drops = Counter::new();
    let guard = drops.on_drop();
    let (runnable, handle) = spawn(
        async move {
            let _guard = guard;
            std::future::pending::<()>().await
        },
        queue.clone(),
    );
    handle.detach();
    assert_eq!(runnable.run(), Outcome::Cancelled);
    assert_eq!(drops.get(), 1);
    assert_eq!(queue.references(), 1);
}

#[test]
fn abort_on_drop_cancels_the_task() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    drop(handle.abort_on_drop());
    assert_eq!(queue.pop().run(), Outcome::Cancelled);
    assert_eq!(probe.drops.get(), 1);
}

#[test]
fn abort_on_drop_joins_as_the_handle_does() {
    let (runnable, handle) = spawn(async { 1 }, Queue::new());
    let mut handle = handle.abort_on_drop();
    assert!(!handle.is_finished());
    runnable.run();
    assert_eq!(now(&mut handle).unwrap(), 1);
}

#[test]
fn cancel_waits_until_the_future_is_dropped() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    let wakes = Counter::new();
    let mut ended = handle.abort_on_drop().cancel();
    assert!(poll(&mut ended, &wakes.waker()).is_pending());
    queue.pop().run();
    assert_eq!((wakes.get(), probe.drops.get()), (1, 1));
    assert!(now(&mut ended).unwrap_err().is_cancelled());
}

#[test]
fn detaching_takes_the_right_to_cancel_away() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    drop(handle.abort_on_drop().detach());
    assert_eq!(queue.len(), 0);
    assert_eq!(probe.drops.get(), 0);
}
