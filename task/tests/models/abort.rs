//! Aborting, against everything that ends or runs a task.

use super::{Count, Queue, Waiting, both_orders, end, first_poll, forever, together};
use plies_shim::model::Model;
use plies_shim::thread;
use plies_task::spawn;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "abort against run", abort_against_run, floor 140,
        [PollIgnoresCancel, CancelSchedulesAgain], weak []
    ));
    all.extend(both_orders!(
        "abort against complete", abort_against_complete, floor 10,
        [CancelSchedulesAgain], weak []
    ));
    all.extend(both_orders!(
        "abort against wake", abort_against_wake, floor 13,
        [CancelSchedulesAgain], weak []
    ));
    all.extend(both_orders!(
        "abort against join-drop", abort_against_join_drop, floor 2190,
        [CancelDoesNotSchedule], weak []
    ));
    all.extend(both_orders!(
        "abort-handle drop against join-drop", last_handles_of_an_idle_task, floor 40,
        [UnreachableTaskForgotten], weak []
    ));
    all.extend(both_orders!(
        "abort against wake and run", abort_against_wake_and_run, floor 1850, bound 2,
        [CancelSchedulesAgain], weak []
    ));
    all
}

/// An abort is never lost to the poll it meets.
fn abort_against_run<const SWAP: bool>() {
    let (queue, drops) = (Queue::new(), Count::default());
    let (runnable, handle) = spawn(forever(drops.on_drop()), queue.clone());
    let abort = handle.abort_handle();
    let runner = queue.clone();
    together::<SWAP>(
        move || {
            runnable.run();
            runner.drain();
        },
        move || abort.abort(),
    );
    end(queue, handle, &drops);
}

/// An abort that meets the last poll leaves a result, or a cancellation, and one of them only.
fn abort_against_complete<const SWAP: bool>() {
    let (queue, drops) = (Queue::new(), Count::default());
    let result = drops.on_drop();
    let (runnable, handle) = spawn(async { result }, queue.clone());
    let abort = handle.abort_handle();
    together::<SWAP>(
        move || {
            runnable.run();
        },
        move || abort.abort(),
    );
    assert!(handle.is_finished());
    drop(handle);
    assert_eq!(drops.get(), 1, "future or result is not dropped once");
    queue.assert_unused();
}

/// An idle task that is woken and aborted at once is queued once.
fn abort_against_wake<const SWAP: bool>() {
    let task = Waiting::spawned(Queue::new());
    first_poll(task.runnable);
    let abort = task.handle.abort_handle();
    together::<SWAP>(
        move || {
            task.flag.set();
            task.waker.wake();
        },
        move || abort.abort(),
    );
    assert_eq!(task.queue.scheduled(), 1, "an idle task is queued once");
    end(task.queue, task.handle, &task.drops);
}

/// A task that is aborted while its handle goes away is queued once, and ends.
fn abort_against_join_drop<const SWAP: bool>() {
    let (queue, drops) = (Queue::new(), Count::default());
    let (runnable, handle) = spawn(forever(drops.on_drop()), queue.clone());
    let abort = handle.abort_handle();
    first_poll(runnable);
    let runner = queue.clone();
    together::<SWAP>(
        move || {
            abort.abort();
            drop(abort);
        },
        move || {
            drop(handle);
            runner.drain();
        },
    );
    assert_eq!(queue.scheduled(), 1, "an idle task is queued once");
    queue.drain();
    assert_eq!(drops.get(), 1, "the abort is lost");
    queue.assert_unused();
}

/// An idle task loses its last two references, and ends.
fn last_handles_of_an_idle_task<const SWAP: bool>() {
    let (queue, drops) = (Queue::new(), Count::default());
    let (runnable, handle) = spawn(forever(drops.on_drop()), queue.clone());
    let abort = handle.abort_handle();
    first_poll(runnable);
    let runner = queue.clone();
    together::<SWAP>(
        move || drop(abort),
        move || {
            drop(handle);
            runner.drain();
        },
    );
    assert_eq!(
        queue.scheduled(),
        1,
        "an unreachable task is not queued once"
    );
    queue.drain();
    assert_eq!(drops.get(), 1, "an unreachable task is not dropped");
    queue.assert_unused();
}

/// A task that is run, woken and aborted at once ends, and is polled by one thread at a time.
fn abort_against_wake_and_run<const SWAP: bool>() {
    let task = Waiting::spawned(Queue::new());
    let thread = thread::spawn(move || {
        task.flag.set();
        task.waker.wake();
    });
    let abort = task.handle.abort_handle();
    let runner = task.queue.clone();
    together::<SWAP>(
        move || {
            task.runnable.run();
            runner.drain();
        },
        move || abort.abort(),
    );
    thread.join().unwrap();
    end(task.queue, task.handle, &task.drops);
}
