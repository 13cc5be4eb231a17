//! Entering and leaving the registry, closing it, and looking into it.

mod util;

use plies_task::{Builder, Outcome, Registry, TaskState, spawn};
use std::task::Poll;
use util::{Probe, Queue, now};

#[test]
fn a_task_enters_at_its_first_pending_and_leaves_when_it_completes() {
    let (queue, probe) = (Queue::with_registry(), Probe::ready_at(3));
    let (runnable, handle) = spawn(probe.future(), queue.clone());
    assert_eq!(queue.registry().len(), 0);
    runnable.run();
    assert_eq!(queue.registry().len(), 1);
    probe.take_waker().wake();
    queue.pop().run();
    assert_eq!(queue.registry().len(), 1);
    probe.take_waker().wake();
    assert_eq!(queue.pop().run(), Outcome::Complete);
    assert!(queue.registry().is_empty());
    drop(handle);
}

#[test]
fn a_task_that_finishes_at_once_never_enters() {
    let queue = Queue::with_registry();
    let inner = queue.clone();
    let (runnable, mut handle) = spawn(async move { inner.registry().len() }, queue.clone());
    runnable.run();
    assert_eq!(now(&mut handle).unwrap(), 0);
    assert!(queue.registry().is_empty());
}

#[test]
fn a_cancelled_task_leaves() {
    let (queue, probe) = (Queue::with_registry(), Probe::pending());
    let (runnable, handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    handle.abort();
    drop(queue.pop());
    assert!(queue.registry().is_empty());
}

#[test]
fn tasks_leave_in_any_order() {
    let queue = Queue::with_registry();
    let probes: Vec<Probe> = (0..9).map(|_| Probe::ready_at(2)).collect();
    let _handles: Vec<_> = probes
        .iter()
        .map(|probe| {
            let (runnable, handle) = spawn(probe.future(), queue.clone());
            runnable.run();
            handle
        })
        .collect();
    for (left, index) in [4, 0, 8, 3, 5, 7, 1, 2, 6].into_iter().enumerate() {
        assert_eq!(queue.registry().len(), 9 - left);
        probes[index].take_waker().wake();
        queue.pop().run();
        let mut seen = 0;
        queue.registry().for_each(|_| seen += 1);
        assert_eq!(seen, 8 - left);
    }
}

#[test]
fn closing_cancels_idle_queued_and_later_tasks() {
    let queue = Queue::with_registry();
    let (idle, queued, fresh) = (Probe::pending(), Probe::pending(), Probe::pending());
    let (runnable, _idle) = spawn(idle.future(), queue.clone());
    runnable.run();
    let (runnable, _queued) = spawn(queued.future(), queue.clone());
    runnable.run();
    queued.take_waker().wake();
    let (unpolled, _fresh) = spawn(fresh.future(), queue.clone());

    assert!(!queue.registry().is_closed());
    assert_eq!(queue.registry().close_and_cancel_all(), 2);
    assert!(queue.registry().is_closed());
    while let Some((runnable, _)) = queue.try_pop() {
        assert_eq!(runnable.run(), Outcome::Cancelled);
    }
    assert_eq!((idle.drops.get(), queued.drops.get()), (1, 1));
    assert!(queue.registry().is_empty());

    assert_eq!(unpolled.run(), Outcome::Cancelled);
    assert_eq!((fresh.polls.get(), fresh.drops.get()), (0, 1));
}

#[test]
fn a_registry_closed_during_the_first_poll_cancels_after_it() {
    let queue = Queue::with_registry();
    let inner = queue.clone();
    let (runnable, mut handle) = spawn(
        async move {
            inner.registry().close_and_cancel_all();
            std::future::pending::<()>().await
        },
        queue.clone(),
    );
    assert_eq!(runnable.run(), Outcome::Cancelled);
    assert!(now(&mut handle).unwrap_err().is_cancelled());
    assert!(queue.registry().is_empty());
}

#[test]
fn a_walk_tells_id_name_location_state_and_polls() {
    let (queue, probe) = (Queue::with_registry(), Probe::pending());
    let (runnable, handle) = Builder::new()
        .name("reader")
        .spawn(probe.future(), queue.clone());
    let line = line!() - 1;
    runnable.run();
    let look = || {
        let mut seen = Vec::new();
        queue.registry().for_each(|task| {
            assert_eq!(task.id(), handle.id());
            assert_eq!(task.name(), Some("reader"));
            assert_eq!(
                (task.location().file(), task.location().line()),
                (file!(), line)
            );
            seen.push((task.state(), task.polls()));
        });
        seen
    };
    assert_eq!(look(), [(TaskState::Idle, 1)]);
    probe.take_waker().wake();
    assert_eq!(look(), [(TaskState::Queued, 1)]);
    queue.pop().run();
    assert_eq!(look(), [(TaskState::Idle, 2)]);
    handle.abort();
    assert_eq!(look(), [(TaskState::Cancelling, 2)]);
    queue.pop().run();
    assert_eq!(look(), []);
}

#[test]
fn a_running_task_is_seen_running() {
    let queue = Queue::with_registry();
    let inner = queue.clone();
    let mut polls = 0;
    let (runnable, _handle) = spawn(
        std::future::poll_fn(move |cx| {
            polls += 1;
            if polls == 2 {
                let mut states = Vec::new();
                inner
                    .registry()
                    .for_each(|task| states.push((task.state(), task.polls())));
                assert_eq!(states, [(TaskState::Running, 2)]);
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }),
        queue.clone(),
    );
    assert_eq!(runnable.run(), Outcome::Yielded);
    assert_eq!(queue.pop().run(), Outcome::Complete);
}

#[test]
fn a_walk_can_abort_what_it_sees() {
    let (queue, probe) = (Queue::with_registry(), Probe::pending());
    let (runnable, _handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    queue
        .registry()
        .for_each(|task| task.abort_handle().abort());
    assert_eq!(queue.pop().run(), Outcome::Cancelled);
    assert_eq!(probe.drops.get(), 1);
}

#[test]
fn the_last_stamp_stays_with_the_task() {
    let (queue, probe) = (Queue::with_registry(), Probe::pending());
    let (runnable, _handle) = spawn(probe.future(), queue.clone());
    let stamp = || {
        let mut stamps = Vec::new();
        queue.registry().for_each(|task| stamps.push(task.stamp()));
        stamps
    };
    runnable.run();
    assert_eq!(stamp(), [0]);
    for number in [7, u32::MAX] {
        probe.take_waker().wake();
        let runnable = queue.pop();
        runnable.set_stamp(number);
        runnable.run();
        assert_eq!(stamp(), [number]);
    }
}

#[test]
fn any_number_of_shards_will_do() {
    for shards in [0, 1, 3, 1 << 20] {
        let registry = Registry::<()>::with_shards(shards);
        assert!(registry.is_empty());
        assert_eq!(registry.close_and_cancel_all(), 0);
    }
}
