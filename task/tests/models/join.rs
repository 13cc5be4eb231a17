//! Joining, against completion.

use super::{Count, Queue, both_orders, poll, together};
use plies_shim::model::Model;
use plies_shim::sync::{Arc, Mutex};
use plies_task::spawn;
use std::task::Poll;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "join against complete",
        join_against_complete,
        floor 11,
        [JoinDoesNotRecheck],
        weak [CompleteDoesNotPublish]
    ));
    all.extend(both_orders!(
        "re-join with another waker against complete", rejoin_against_complete, floor 70,
        [], weak [JoinReplacesInPlace]
    ));
    all.extend(both_orders!(
        "join-drop against complete", join_drop_against_complete, floor 7,
        [HandleDropLeavesResult, ResultLeaks], weak []
    ));
    all.extend(both_orders!(
        "registered join-drop against complete", registered_join_drop, floor 50,
        [HandleDropLeavesResult], weak []
    ));
    all
}

/// A joiner that registers while the task completes is woken, or finds the result.
fn join_against_complete<const SWAP: bool>() {
    let queue = Queue::new();
    let (runnable, mut handle) = spawn(async { Box::new(7) }, queue.clone());
    let wakes = Count::default();
    let waker = wakes.waker();
    let back = Arc::new(Mutex::new(None));
    let there = back.clone();
    together::<SWAP>(
        move || {
            runnable.run();
        },
        move || {
            let result = poll(&mut handle, &waker);
            *there.lock() = Some((handle, result));
        },
    );
    let (mut handle, result) = back.lock().take().unwrap();
    let result = match result {
        Poll::Ready(result) => result,
        Poll::Pending => {
            assert_eq!(wakes.get(), 1, "the joiner is not woken");
            let Poll::Ready(result) = poll(&mut handle, &Count::default().waker()) else {
                panic!("the result is not there");
            };
            result
        }
    };
    assert_eq!(*result.unwrap(), 7);
    drop(handle);
    queue.assert_unused();
}

/// After registering a second waker, it is that one which is woken.
fn rejoin_against_complete<const SWAP: bool>() {
    let queue = Queue::new();
    let (runnable, mut handle) = spawn(async { Box::new(7) }, queue.clone());
    let (first, second) = (Count::default(), Count::default());
    let (waker, other_waker) = (first.waker(), second.waker());
    let back = Arc::new(Mutex::new(None));
    let there = back.clone();
    together::<SWAP>(
        move || {
            runnable.run();
        },
        move || {
            let ready =
                poll(&mut handle, &waker).is_ready() || poll(&mut handle, &other_waker).is_ready();
            *there.lock() = Some((handle, ready));
        },
    );
    let (handle, ready) = back.lock().take().unwrap();
    assert!(
        ready || second.get() == 1,
        "the last waker registered is not woken"
    );
    assert!(first.get() + second.get() <= 1, "both wakers are woken");
    drop(handle);
    queue.assert_unused();
}

/// The result of a task whose handle goes away is dropped once, by one of the two.
fn join_drop_against_complete<const SWAP: bool>() {
    let (queue, drops) = (Queue::new(), Count::default());
    let result = drops.on_drop();
    let (runnable, handle) = spawn(async { result }, queue.clone());
    together::<SWAP>(
        move || {
            runnable.run();
        },
        move || drop(handle),
    );
    assert_eq!(drops.get(), 1, "the result is not dropped once");
    queue.assert_unused();
}

/// The same for a handle that has left a waker, which must go, and not be woken after.
fn registered_join_drop<const SWAP: bool>() {
    let (queue, drops, wakes) = (Queue::new(), Count::default(), Count::default());
    let result = drops.on_drop();
    let (runnable, mut handle) = spawn(async { result }, queue.clone());
    let waker = wakes.waker();
    assert!(poll(&mut handle, &waker).is_pending());
    drop(waker);
    together::<SWAP>(
        move || {
            runnable.run();
        },
        move || drop(handle),
    );
    assert_eq!(drops.get(), 1, "the result is not dropped once");
    assert_eq!(wakes.handles(), 1, "the waker is still held");
    queue.assert_unused();
}
