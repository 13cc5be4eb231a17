//! Sleeping and waking: no task left behind, no storm of wake-ups, and rest when there is nothing.

mod util;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use plies_scheduler::block_on;
use util::{Gate, on_each_policy, total_parks, wait_for_rest, wait_until};

const TASKS: usize = 10_000;

/// Spawns tasks that store their waker and wait; returns the wakers once all wait.
fn sleepers(
    pool: &plies_scheduler::ThreadPool,
    each: impl Fn() + Clone + Send + 'static,
) -> Vec<Waker> {
    let wakers: Arc<Mutex<Vec<Waker>>> = Arc::default();
    for _ in 0..TASKS {
        let (wakers, each) = (wakers.clone(), each.clone());
        pool.handle()
            .spawn(async move {
                let mut waited = false;
                std::future::poll_fn(|cx| {
                    if std::mem::replace(&mut waited, true) {
                        return Poll::Ready(());
                    }
                    wakers.lock().unwrap().push(cx.waker().clone());
                    Poll::Pending
                })
                .await;
                each();
            })
            .detach();
    }
    wait_until(|| wakers.lock().unwrap().len() == TASKS);
    std::mem::take(&mut *wakers.lock().unwrap())
}

#[test]
fn a_burst_of_wakes_wakes_each_worker_once_while_it_lasts() {
    on_each_policy(|make| {
        const WORKERS: usize = 3;
        let pool = make(WORKERS);
        let burst_over = Gate::default();
        let done = Arc::new(AtomicUsize::new(0));
        let each = {
            let (burst_over, done) = (burst_over.clone(), done.clone());
            move || {
                // No worker runs dry before the burst is over.
                burst_over.block();
                done.fetch_add(1, Ordering::SeqCst);
            }
        };
        let wakers = sleepers(&pool, each);
        wait_for_rest(pool.handle());
        let before = pool.handle().metrics();
        wakers.into_iter().for_each(Waker::wake);
        let during = pool.handle().metrics();
        for (before, during) in before.workers().iter().zip(during.workers()) {
            let wakeups = during.wakeups - before.wakeups;
            assert!(wakeups <= 1, "{wakeups} wake-ups of {:?}", before.worker);
        }
        burst_over.open();
        wait_until(|| done.load(Ordering::SeqCst) == TASKS);
    });
}

#[test]
fn an_idle_pool_makes_no_wake_ups() {
    on_each_policy(|make| {
        let pool = make(3);
        let wakers = sleepers(&pool, || ());
        wait_for_rest(pool.handle());
        let parks = total_parks(pool.handle());
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!(
            total_parks(pool.handle()),
            parks,
            "nothing happened, and somebody woke"
        );
        drop(wakers);
    });
}

#[test]
fn every_wake_of_an_idle_pool_is_served() {
    on_each_policy(|make| {
        let pool = make(2);
        for round in 0..2000 {
            let task = pool.handle().spawn(async move { round });
            assert_eq!(block_on(task).unwrap(), round);
        }
    });
}

#[test]
fn queued_tasks_reach_a_second_worker() {
    on_each_policy(|make| {
        let pool = make(2);
        wait_for_rest(pool.handle());
        let (here, there) = (Gate::default(), Gate::default());
        // Each task needs the other to run at the same time, on another worker.
        let meet = |open: &Gate, wait: &Gate| {
            let (open, wait) = (open.clone(), wait.clone());
            async move {
                open.open();
                wait.block();
            }
        };
        let (first, second) = (meet(&here, &there), meet(&there, &here));
        let outer = pool.handle().spawn(async move {
            let handle = plies_scheduler::Handle::current();
            let tasks = [handle.spawn(first), handle.spawn(second)];
            for task in tasks {
                task.await.unwrap();
            }
        });
        block_on(outer).unwrap();
    });
}
