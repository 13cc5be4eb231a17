//! From idle to queued, by every kind of wake.

mod util;

use plies_task::{Cause, Outcome, spawn};
use util::{Probe, Queue, wake_a_clone};

#[test]
fn a_wake_of_an_idle_task_schedules_it_as_woken() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, _handle) = spawn(probe.future(), queue.clone());
    assert_eq!(runnable.run(), Outcome::Pending);
    probe.take_waker().wake();
    let (runnable, cause) = queue.try_pop().unwrap();
    assert_eq!(cause, Cause::Woken);
    assert_eq!(runnable.run(), Outcome::Pending);
    assert_eq!(probe.polls.get(), 2);
}

#[test]
fn a_wake_by_reference_leaves_the_waker_usable() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, _handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    let waker = probe.take_waker();
    for round in 1..=3 {
        waker.wake_by_ref();
        queue.pop().run();
        assert_eq!(queue.scheduled(), round);
    }
}

#[test]
fn wakes_of_a_queued_task_coalesce() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, _handle) = spawn(probe.future(), queue.clone());
    runnable.run();
    let waker = probe.take_waker();
    waker.wake_by_ref();
    wake_a_clone(&waker);
    waker.wake();
    assert_eq!(queue.scheduled(), 1);
    queue.pop().run();
    assert_eq!(queue.len(), 0);
    assert_eq!(probe.polls.get(), 2);
}

#[test]
fn a_wake_before_the_first_poll_does_not_schedule() {
    let (queue, probe) = (Queue::new(), Probe::pending());
    let (runnable, _handle) = spawn(probe.future(), queue.clone());
    let waker = runnable.waker();
    waker.wake();
    assert_eq!(queue.scheduled(), 0);
    assert_eq!(runnable.run(), Outcome::Pending);
    assert_eq!(
        queue.scheduled(),
        0,
        "the wake came before the poll, which has seen it"
    );
}

#[test]
fn a_wake_during_the_poll_schedules_once_after_it() {
    let queue = Queue::new();
    let inner = queue.clone();
    let (runnable, _handle) = spawn(
        std::future::poll_fn(move |cx| {
            cx.waker().wake_by_ref();
            wake_a_clone(cx.waker());
            assert_eq!(inner.len(), 0, "it is not queued while it runs");
            std::task::Poll::<()>::Pending
        }),
        queue.clone(),
    );
    assert_eq!(runnable.run(), Outcome::Yielded);
    let (runnable, cause) = queue.try_pop().unwrap();
    assert_eq!(cause, Cause::Yielded);
    assert_eq!(queue.len(), 0);
    drop(runnable);
}

#[test]
fn wakes_after_completion_do_nothing() {
    let (queue, probe) = (Queue::new(), Probe::ready_at(1));
    let (runnable, _handle) = spawn(probe.future(), queue.clone());
    assert_eq!(runnable.run(), Outcome::Complete);
    let waker = probe.take_waker();
    waker.wake_by_ref();
    wake_a_clone(&waker);
    waker.wake();
    assert_eq!(queue.scheduled(), 0);
}

#[test]
fn wakers_of_a_task_know_each_other() {
    let (runnable, _handle) = spawn(async {}, Queue::new());
    let (other, _other_handle) = spawn(async {}, Queue::new());
    assert!(runnable.waker().will_wake(&runnable.waker().clone()));
    assert!(!runnable.waker().will_wake(&other.waker()));
}

/// More wakes than the count holds, by both kinds, and more of them during a poll.
#[test]
fn a_flood_of_wakes_schedules_once() {
    const FLOOD: usize = 5_000_000;
    let queue = Queue::new();
    let mut polls = 0;
    let (runnable, _handle) = spawn(
        std::future::poll_fn(move |cx| {
            polls += 1;
            if polls == 2 {
                (0..FLOOD).for_each(|_| cx.waker().wake_by_ref());
            }
            std::task::Poll::<()>::Pending
        }),
        queue.clone(),
    );
    let waker = runnable.waker();
    assert_eq!(runnable.run(), Outcome::Pending);
    for _ in 0..FLOOD {
        waker.wake_by_ref();
        wake_a_clone(&waker);
    }
    assert_eq!(queue.scheduled(), 1);
    assert_eq!(queue.pop().run(), Outcome::Yielded);
    assert_eq!(queue.pop().run(), Outcome::Pending);
    assert_eq!(queue.len(), 0);
    waker.wake();
    assert_eq!(queue.len(), 1, "the task can still be woken");
}

/// A million wakes from four threads while another runs the task: none is lost, none doubled.
#[test]
fn a_million_wakes_at_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static WAKES: AtomicUsize = AtomicUsize::new(0);
    static SEEN: AtomicUsize = AtomicUsize::new(0);

    let queue = Queue::new();
    let (runnable, handle) = spawn(
        std::future::poll_fn(|_| {
            SEEN.store(WAKES.load(Ordering::Relaxed), Ordering::Relaxed);
            std::task::Poll::<()>::Pending
        }),
        queue.clone(),
    );
    let waker = runnable.waker();
    runnable.schedule();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let waker = waker.clone();
            scope.spawn(move || {
                for n in 0..250_000 {
                    WAKES.fetch_add(1, Ordering::Relaxed);
                    if n % 2 == 0 {
                        waker.wake_by_ref()
                    } else {
                        wake_a_clone(&waker)
                    }
                }
            });
        }
        while SEEN.load(Ordering::Relaxed) < 1_000_000 {
            assert!(queue.len() <= 1, "a task is queued twice");
            match queue.try_pop() {
                Some((runnable, _)) => {
                    runnable.run();
                }
                None => std::thread::yield_now(),
            }
        }
    });
    queue.try_pop().map(|(runnable, _)| runnable.run());
    assert_eq!(queue.len(), 0);
    drop(handle);
}
