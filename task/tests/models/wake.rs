//! Wakes, against the poll they are meant for.

use super::{Count, Flag, Queue, Waiting, both_orders, end, together, until};
use plies_shim::model::Model;
use plies_shim::thread;
use plies_task::spawn;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "wake against run", wake_against_run, floor 2350,
        [WakeDuringPollLost], weak [QueuedWakeDoesNotPublish, PollStartsRelaxed]
    ));
    all.extend(both_orders!(
        "consuming wake against run",
        consuming_wake_against_run,
        floor 420,
        [WakeDuringPollLost],
        weak [QueuedWakeDoesNotPublish]
    ));
    all.extend(both_orders!(
        "wake on a thread that runs too",
        wake_and_run_on_two_threads,
        floor 5250,
        [SchedulerBorrowedFromTheCell],
        weak [IdleDoesNotPublish]
    ));
    all.extend(both_orders!(
        "two wakers against run",
        two_wakers_against_run,
        floor 1100, bound 2,
        [WakeDuringPollLost],
        weak [QueuedWakeDoesNotPublish]
    ));
    all.extend(both_orders!(
        "wakes during a poll requeue once", wakes_during_a_poll, floor 1650,
        [WakeDuringPollLost], weak []
    ));
    all
}

/// A queued task is run while its flag is set and it is woken: queued already, running, or idle.
fn wake_against_run<const SWAP: bool>() {
    let task = Waiting::spawned(Queue::new());
    task.runnable.schedule();
    let runner = task.queue.clone();
    together::<SWAP>(
        move || {
            runner.drain();
        },
        move || {
            task.flag.set();
            task.waker.wake_by_ref();
        },
    );
    task.queue.drain();
    assert!(task.polls.get() <= 2, "one wake causes one poll at most");
    assert_eq!(
        task.queue.scheduled(),
        task.polls.get(),
        "it was scheduled without being polled"
    );
    end(task.queue, task.handle, &task.drops);
}

/// The same with a waker that gives up its reference.
fn consuming_wake_against_run<const SWAP: bool>() {
    let task = Waiting::spawned(Queue::new());
    task.runnable.schedule();
    let runner = task.queue.clone();
    together::<SWAP>(
        move || {
            runner.drain();
        },
        move || {
            task.flag.set();
            task.waker.wake();
        },
    );
    task.queue.drain();
    assert!(task.polls.get() <= 2, "one wake causes one poll at most");
    end(task.queue, task.handle, &task.drops);
}

/// Both threads run what is ready, so the second poll may be on another thread than the first,
/// and the task may end and be freed while the waker is still in the scheduler.
fn wake_and_run_on_two_threads<const SWAP: bool>() {
    let task = Waiting::spawned(Queue::new());
    task.handle.detach();
    let (runner, other) = (task.queue.clone(), task.queue.clone());
    together::<SWAP>(
        move || {
            task.runnable.run();
            runner.drain();
        },
        move || {
            task.flag.set();
            task.waker.wake();
            other.drain();
        },
    );
    task.queue.drain();
    assert_eq!(task.drops.get(), 1, "the wake is lost");
    task.queue.assert_unused();
}

/// Two wakers, each with a flag of its own; the last of them must be seen.
fn two_wakers_against_run<const SWAP: bool>() {
    let (queue, polls, drops) = (Queue::new(), Count::default(), Count::default());
    let (one, two) = (Flag::new(), Flag::new());
    let both = {
        let (one, two, dropped) = (one.clone(), two.clone(), drops.on_drop());
        let polls = polls.clone();
        async move {
            until(one, polls.clone(), polls.on_drop()).await;
            until(two, polls.clone(), polls.on_drop()).await;
            drop(dropped);
        }
    };
    let (runnable, handle) = spawn(both, queue.clone());
    let (waker, third) = (runnable.waker(), runnable.waker());
    runnable.schedule();
    let thread = thread::spawn(move || {
        two.set();
        third.wake();
    });
    let runner = queue.clone();
    together::<SWAP>(
        move || {
            runner.drain();
        },
        move || {
            one.set();
            waker.wake();
        },
    );
    thread.join().unwrap();
    end(queue, handle, &drops);
}

/// However many wakes arrive during one poll, they queue the task once.
fn wakes_during_a_poll<const SWAP: bool>() {
    let task = Waiting::spawned(Queue::new());
    let yields = Count::default();
    let counted = yields.clone();
    together::<SWAP>(
        move || {
            if task.runnable.run() == plies_task::Outcome::Yielded {
                drop(counted.on_drop());
            }
        },
        move || {
            task.flag.set();
            task.waker.wake_by_ref();
            task.waker.wake_by_ref();
        },
    );
    assert!(
        task.queue.scheduled() <= 1,
        "the wakes of one poll queue the task once"
    );
    assert!(yields.get() <= task.queue.scheduled());
    end(task.queue, task.handle, &task.drops);
}
