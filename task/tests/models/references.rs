//! The last reference, dropped by waker, handle and runnable in every order.

use super::{Count, Queue, Waiting, both_orders, first_poll, forever, poll, together};
use plies_shim::model::Model;
use plies_shim::thread;
use plies_task::spawn;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "last of waker and handle, complete", waker_and_handle_of_a_complete_task, floor 7,
        [], weak [ReleaseDoesNotPublish, FreeDoesNotAcquire]
    ));
    all.extend(both_orders!(
        "last of waker and handle, idle", waker_and_handle_of_an_idle_task, floor 880,
        [UnreachableTaskForgotten], weak []
    ));
    all.extend(both_orders!(
        "last of waker and runnable", waker_and_runnable, floor 11,
        [ResultLeaks], weak []
    ));
    all.extend(both_orders!(
        "last of waker, handle and runnable", waker_handle_and_runnable, floor 220, bound 2,
        [HandleDropLeavesResult], weak []
    ));
    all.extend(both_orders!(
        "wake against the last handle, complete",
        wake_of_a_complete_task,
        floor 7,
        [],
        weak [FreeDoesNotAcquire]
    ));
    all
}

/// The handle takes the result and goes, while a waker goes.
fn waker_and_handle_of_a_complete_task<const SWAP: bool>() {
    let queue = Queue::new();
    let (runnable, mut handle) = spawn(async { Box::new(1) }, queue.clone());
    let waker = runnable.waker();
    runnable.run();
    together::<SWAP>(
        move || {
            assert!(poll(&mut handle, &Count::default().waker()).is_ready());
            drop(handle);
        },
        move || drop(waker),
    );
    queue.assert_unused();
}

/// Nobody can wake or join the task any more: it is queued once, to be cancelled.
fn waker_and_handle_of_an_idle_task<const SWAP: bool>() {
    let (queue, drops) = (Queue::new(), Count::default());
    let (runnable, handle) = spawn(forever(drops.on_drop()), queue.clone());
    let waker = runnable.waker();
    first_poll(runnable);
    let (first, second) = (queue.clone(), queue.clone());
    together::<SWAP>(
        move || {
            drop(handle);
            first.drain();
        },
        move || {
            drop(waker);
            second.drain();
        },
    );
    assert_eq!(queue.scheduled(), 1);
    queue.drain();
    assert_eq!(drops.get(), 1, "an unreachable task is not dropped");
    queue.assert_unused();
}

/// A detached task completes or goes idle while its waker is dropped.
fn waker_and_runnable<const SWAP: bool>() {
    let task = Waiting::spawned(Queue::new());
    task.flag.set();
    task.handle.detach();
    together::<SWAP>(
        move || {
            task.runnable.run();
        },
        move || drop(task.waker),
    );
    assert_eq!(task.drops.get(), 1);
    task.queue.assert_unused();
}

/// All three ends at once.
fn waker_handle_and_runnable<const SWAP: bool>() {
    let task = Waiting::spawned(Queue::new());
    task.flag.set();
    let thread = thread::spawn(move || drop(task.waker));
    together::<SWAP>(
        move || {
            task.runnable.run();
        },
        move || drop(task.handle),
    );
    thread.join().unwrap();
    assert_eq!(task.drops.get(), 1);
    task.queue.assert_unused();
}

/// A wake of a complete task does nothing but give up its reference.
fn wake_of_a_complete_task<const SWAP: bool>() {
    let queue = Queue::new();
    let (runnable, mut handle) = spawn(async { Box::new(1) }, queue.clone());
    let waker = runnable.waker();
    runnable.run();
    together::<SWAP>(
        move || waker.wake(),
        move || {
            assert!(poll(&mut handle, &Count::default().waker()).is_ready());
            drop(handle);
        },
    );
    assert_eq!(queue.scheduled(), 0);
    queue.assert_unused();
}
