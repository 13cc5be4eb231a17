//! Closing the registry and looking at it, against tasks that come and go.

use super::{Count, Queue, Waiting, both_orders, end, first_poll, forever, together};
use plies_shim::model::Model;
use plies_task::spawn;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "registry close against spawn", close_against_spawn, floor 30,
        [RegistryInsertsWhenClosed], weak []
    ));
    all.extend(both_orders!(
        "registry close against complete", close_against_complete, floor 20,
        [RegistryForgetsToUnlink], weak []
    ));
    all.extend(both_orders!(
        "registry close against wake", close_against_wake, floor 14,
        [CancelSchedulesAgain], weak []
    ));
    all.extend(both_orders!(
        "registry walk against complete", walk_against_complete, floor 290,
        [RegistryForgetsToUnlink], weak []
    ));
    all
}

/// A task whose first poll meets the closing is cancelled, by one or the other.
fn close_against_spawn<const SWAP: bool>() {
    let (queue, drops) = (Queue::with_registry(), Count::default());
    let (runnable, handle) = spawn(forever(drops.on_drop()), queue.clone());
    let closer = queue.clone();
    together::<SWAP>(
        move || {
            runnable.run();
        },
        move || {
            closer.registry().close_and_cancel_all();
        },
    );
    queue.drain();
    assert!(queue.registry().is_empty());
    end(queue, handle, &drops);
}

/// A registered task completes while the registry closes.
fn close_against_complete<const SWAP: bool>() {
    let (queue, drops) = Waiting::about_to_complete(Queue::with_registry());
    let (runner, closer) = (queue.clone(), queue.clone());
    together::<SWAP>(
        move || {
            runner.drain();
        },
        move || {
            closer.registry().close_and_cancel_all();
        },
    );
    queue.drain();
    assert_eq!(drops.get(), 1, "the task is not dropped once");
    assert!(
        queue.registry().is_empty(),
        "an ended task is still registered"
    );
    queue.assert_unused();
}

/// An idle registered task is woken while the registry closes: it is queued once.
fn close_against_wake<const SWAP: bool>() {
    let (queue, drops) = (Queue::with_registry(), Count::default());
    let (runnable, handle) = spawn(forever(drops.on_drop()), queue.clone());
    let waker = runnable.waker();
    first_poll(runnable);
    handle.detach();
    let closer = queue.clone();
    together::<SWAP>(
        move || waker.wake(),
        move || {
            closer.registry().close_and_cancel_all();
        },
    );
    assert_eq!(queue.scheduled(), 1, "an idle task is queued once");
    queue.drain();
    assert_eq!(drops.get(), 1);
    assert!(queue.registry().is_empty());
    queue.assert_unused();
}

/// Diagnostics look at a task that completes, and may be the last to hold it.
fn walk_against_complete<const SWAP: bool>() {
    let (queue, drops) = Waiting::about_to_complete(Queue::with_registry());
    let (runner, walker) = (queue.clone(), queue.clone());
    together::<SWAP>(
        move || {
            runner.drain();
        },
        move || {
            walker.registry().for_each(|task| {
                assert!((1..=2).contains(&task.polls()));
            });
        },
    );
    assert_eq!(drops.get(), 1);
    assert!(
        queue.registry().is_empty(),
        "an ended task is still registered"
    );
    queue.assert_unused();
}
