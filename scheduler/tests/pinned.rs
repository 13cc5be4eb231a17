//! Thread per core: every task stays where it was spawned.

mod util;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use plies_scheduler::{
    Attributes, CurrentThread, Fifo, Handle, Pinned, TaskBuilder, ThreadPool, WorkerId, block_on,
};
use util::{Drops, Gate, YieldNow, pool, wait_for_rest, wait_until};

const WORKERS: usize = 3;

fn on(worker: usize) -> TaskBuilder {
    TaskBuilder::new().attributes(Attributes::new().with_worker(WorkerId::new(worker)))
}

/// The thread of each worker.
fn threads(pool: &ThreadPool) -> Vec<ThreadId> {
    let thread = |worker| {
        pool.handle()
            .spawn_with(on(worker), async { thread::current().id() })
    };
    (0..WORKERS)
        .map(|worker| block_on(thread(worker)).unwrap())
        .collect()
}

#[test]
fn ten_thousand_tasks_never_move() {
    const TASKS: usize = 10_000;
    let pool = pool(WORKERS, Pinned::new());
    let threads = threads(&pool);
    let gate = Gate::default();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (home, gate) = (threads[task % WORKERS], gate.clone());
            pool.handle().spawn_with(on(task % WORKERS), async move {
                assert_eq!(thread::current().id(), home, "in the first poll");
                YieldNow::default().await;
                assert_eq!(thread::current().id(), home, "after a yield");
                gate.passed().await;
                assert_eq!(
                    thread::current().id(),
                    home,
                    "after a wake from another thread"
                );
                let inner = Handle::current().spawn(async { thread::current().id() });
                assert_eq!(inner.await.unwrap(), home, "a task that it spawned");
            })
        })
        .collect();
    wait_until(|| gate.waiting() == TASKS);
    gate.open();
    for task in tasks {
        block_on(task).unwrap();
    }
    let metrics = pool.handle().metrics();
    assert!(
        metrics
            .workers()
            .iter()
            .all(|worker| worker.stolen_tasks == 0)
    );
}

#[test]
fn tasks_without_a_worker_are_dealt_out_in_turn() {
    let pool = pool(WORKERS, Pinned::new());
    let mut seen: Vec<ThreadId> = Vec::new();
    for _ in 0..WORKERS {
        let thread = block_on(pool.handle().spawn(async { thread::current().id() })).unwrap();
        assert!(!seen.contains(&thread));
        seen.push(thread);
    }
}

#[test]
fn a_worker_that_is_not_there_is_as_good_as_none() {
    let pool = pool(WORKERS, Pinned::new());
    block_on(pool.handle().spawn_with(on(WORKERS), async {})).unwrap();
}

#[test]
fn a_stuck_worker_does_not_keep_the_others_from_theirs() {
    let pool = pool(WORKERS, Pinned::new());
    let gate = Gate::default();
    let stuck = pool.handle().spawn_with(on(0), {
        let gate = gate.clone();
        async move { gate.block() }
    });
    let behind = pool.handle().spawn_with(on(0), async {});
    for worker in 1..WORKERS {
        block_on(pool.handle().spawn_with(on(worker), YieldNow::default())).unwrap();
    }
    assert!(!behind.is_finished());
    gate.open();
    block_on(async { (stuck.await.unwrap(), behind.await.unwrap()) });
}

#[test]
fn a_future_that_is_not_send_stays_on_its_worker() {
    let pool = pool(WORKERS, Pinned::new());
    let threads = threads(&pool);
    for (worker, home) in threads.into_iter().enumerate() {
        let task = pool
            .handle()
            .spawn_local_on(WorkerId::new(worker), move || {
                let polls = Rc::new(Cell::new(0));
                async move {
                    for _ in 0..10 {
                        assert_eq!(thread::current().id(), home);
                        polls.set(polls.get() + 1);
                        YieldNow::default().await;
                    }
                    polls.get()
                }
            });
        assert_eq!(block_on(task).unwrap(), 10);
    }
}

/// Tells on which thread it was dropped.
struct Told(Arc<Mutex<Vec<ThreadId>>>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(thread::current().id());
    }
}

#[test]
fn a_future_that_is_not_send_is_dropped_on_its_worker_at_shutdown() {
    let pool = pool(WORKERS, Pinned::new());
    let mut expected = threads(&pool);
    let dropped: Arc<Mutex<Vec<ThreadId>>> = Arc::default();
    let waiting = Gate::default();
    for worker in 0..WORKERS {
        let (told, waiting) = (Told(dropped.clone()), waiting.clone());
        let make = move || async move {
            let _told = (told, Rc::new(()));
            waiting.passed().await;
        };
        drop(pool.handle().spawn_local_on(WorkerId::new(worker), make));
    }
    wait_until(|| waiting.waiting() == WORKERS);
    drop(pool);
    let mut dropped = dropped.lock().unwrap().clone();
    dropped.sort_by_key(|thread| format!("{thread:?}"));
    expected.sort_by_key(|thread| format!("{thread:?}"));
    assert_eq!(dropped, expected);
}

#[test]
fn shutdown_leaves_the_tasks_of_a_stuck_worker_to_it() {
    let pool = pool(2, Pinned::new());
    let (started, gate, drops) = (Gate::default(), Gate::default(), Drops::default());
    drop(pool.handle().spawn_with(on(0), {
        let (started, gate) = (started.clone(), gate.clone());
        async move {
            started.open();
            gate.block();
        }
    }));
    started.block();
    for worker in [0, 1, 0, 1] {
        let token = drops.token();
        drop(
            pool.handle()
                .spawn_with(on(worker), async move { drop(token) }),
        );
    }
    // The other worker may not have got there yet.
    let report = pool.shutdown(std::time::Duration::ZERO);
    assert!(report.workers_left >= 1);
    gate.open();
    wait_until(|| drops.count() == 4);
}

#[test]
fn the_workers_of_a_pinned_pool_are_woken_by_name_only() {
    let pool = pool(WORKERS, Pinned::new());
    let spawned = Arc::new(AtomicUsize::new(0));
    wait_for_rest(pool.handle());
    let parks = |worker: usize| pool.handle().metrics().workers()[worker].parks;
    let before = [parks(1), parks(2)];
    let count = spawned.clone();
    let task = pool.handle().spawn_with(on(0), async move {
        for _ in 0..1000 {
            let count = count.clone();
            drop(Handle::current().spawn(async move { count.fetch_add(1, Ordering::SeqCst) }));
        }
    });
    block_on(task).unwrap();
    wait_until(|| spawned.load(Ordering::SeqCst) == 1000);
    assert_eq!(
        [parks(1), parks(2)],
        before,
        "others woke for tasks that they may not take"
    );
}

#[test]
fn a_current_thread_may_be_pinned_too() {
    let executor = CurrentThread::builder()
        .scheduler(Pinned::new())
        .build_current_thread();
    let local = executor.handle().spawn_local_on(WorkerId::new(0), || {
        let rc = Rc::new(3);
        async move { *rc }
    });
    assert_eq!(executor.block_on(local).unwrap(), 3);
}

// What is not touched is leaked, which a leak sanitizer reports, as it should.
#[cfg(not(plies_plain_cells))]
#[test]
fn a_local_future_driven_by_a_second_thread_panics_and_is_not_touched() {
    let executor = CurrentThread::builder()
        .scheduler(Pinned::new())
        .build_current_thread();
    let gate = Gate::default();
    let wait = gate.clone();
    let local = executor.handle().spawn_local_on(WorkerId::new(0), move || {
        let rc = Rc::new(3);
        async move {
            wait.passed().await;
            *rc
        }
    });
    executor.block_on(async {
        while gate.waiting() == 0 {
            YieldNow::default().await;
        }
    });
    gate.open();
    let result = thread::scope(|scope| scope.spawn(|| executor.block_on(local)).join().unwrap());
    assert!(result.unwrap_err().is_panic());
}

#[test]
#[should_panic(expected = "build it with scheduler(Pinned::new())")]
fn a_policy_that_moves_tasks_takes_no_local_ones() {
    let pool = pool(1, Fifo::new());
    drop(pool.handle().spawn_local_on(WorkerId::new(0), || async {}));
}

#[test]
#[should_panic(expected = "an executor with 1 workers")]
fn a_local_task_needs_a_worker_that_is_there() {
    let pool = pool(1, Pinned::new());
    drop(pool.handle().spawn_local_on(WorkerId::new(1), || async {}));
}
