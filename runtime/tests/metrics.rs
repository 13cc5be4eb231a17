//! What the runtime tells of its workers and tasks.

mod util;

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use plies::runtime::{Handle, LocalRuntime, RuntimeFlavor, worker_index};
use plies::time::sleep;
use util::{location_of_panic, on_each};

/// Until the workers have counted what the joiners were told of before.
fn wait_until(holds: impl Fn() -> bool) {
    while !holds() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_worker_knows_its_index_and_nobody_else_has_one() {
    assert_eq!(worker_index(), None);
    on_each(|runtime| {
        let workers = runtime.metrics().num_workers();
        for _ in 0..20 {
            let index = runtime.block_on(runtime.spawn(async { worker_index() }));
            assert!(index.unwrap().unwrap() < workers);
        }
        let drives = runtime.handle().runtime_flavor() == RuntimeFlavor::CurrentThread;
        assert_eq!(
            runtime.block_on(async { worker_index() }),
            drives.then_some(0)
        );
        let job = runtime.spawn_blocking(worker_index);
        assert_eq!(runtime.block_on(job).unwrap(), None);
        let entered = runtime.enter();
        assert_eq!(worker_index(), None);
        drop(entered);
    });
    let local = LocalRuntime::new().unwrap();
    assert_eq!(local.block_on(async { worker_index() }), Some(0));
    assert_eq!(
        local
            .block_on(local.spawn_local(async { worker_index() }))
            .unwrap(),
        Some(0)
    );
}

#[test]
fn a_thread_that_waits_to_drive_has_no_index() {
    let runtime = plies::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let handle = Handle::current();
        let other = std::thread::spawn(move || handle.block_on(async { worker_index() }));
        assert_eq!(other.join().unwrap(), None);
    });
}

#[test]
fn tasks_are_counted_while_they_live() {
    on_each(|runtime| {
        let metrics = runtime.metrics();
        assert_eq!(metrics.num_alive_tasks(), 0);
        let tasks: Vec<_> = (0..3).map(|_| runtime.spawn(pending::<()>())).collect();
        assert_eq!(metrics.num_alive_tasks(), 3);
        // Jobs of the blocking pool are no tasks.
        runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
        runtime.block_on(runtime.spawn(async {})).unwrap();
        assert!(
            runtime
                .block_on(runtime.spawn(async { panic!("over too") }))
                .is_err()
        );
        wait_until(|| metrics.num_alive_tasks() == 3);
        for task in tasks {
            task.abort();
            assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        }
        wait_until(|| metrics.num_alive_tasks() == 0);
    });
}

#[test]
fn none_is_alive_after_the_shutdown() {
    for (_, runtime) in util::runtimes() {
        let metrics = runtime.metrics();
        let task = runtime.spawn(pending::<()>());
        runtime.shutdown_timeout(Duration::from_secs(60));
        assert_eq!(metrics.num_alive_tasks(), 0);
        assert!(task.is_finished());
    }
}

#[test]
fn tasks_from_outside_wait_in_the_global_queue() {
    let runtime = plies::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let tasks: Vec<_> = (0..3).map(|_| runtime.spawn(async {})).collect();
    assert_eq!(runtime.metrics().global_queue_depth(), 3);
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
    assert_eq!(runtime.metrics().global_queue_depth(), 0);
}

#[test]
fn a_busy_worker_is_told_from_one_that_sleeps() {
    on_each(|runtime| {
        let metrics = runtime.metrics();
        let busy = || {
            (0..metrics.num_workers())
                .map(|worker| metrics.worker_total_busy_duration(worker))
                .sum::<Duration>()
        };
        let before = busy();
        let task = runtime.spawn(async {
            std::thread::sleep(Duration::from_millis(5));
            sleep(Duration::from_millis(1)).await;
        });
        runtime.block_on(task).unwrap();
        assert!(busy() - before >= Duration::from_millis(5));
    });
}

#[test]
fn the_sleeps_of_a_worker_are_counted() {
    let runtime = util::workers(1);
    let metrics = runtime.metrics();
    let turns = || metrics.worker_park_unpark_count(0);
    wait_until(|| turns() % 2 == 1);
    runtime.block_on(runtime.spawn(async {})).unwrap();
    wait_until(|| turns() % 2 == 1);
    let (turns, parks) = (turns(), metrics.worker_park_count(0));
    assert!(
        turns >= 3,
        "it slept until there was a task, and sleeps now: {turns}"
    );
    // It may have been woken for nothing in between.
    assert!(parks >= turns.div_ceil(2));
}

#[test]
fn a_worker_that_there_is_not_is_the_caller_s_fault() {
    on_each(|runtime| {
        let metrics = runtime.metrics();
        let past = metrics.num_workers();
        for ask in [
            |metrics: &plies::runtime::RuntimeMetrics, worker| {
                let _ = metrics.worker_total_busy_duration(worker);
            },
            |metrics: &plies::runtime::RuntimeMetrics, worker| {
                let _ = metrics.worker_park_count(worker);
            },
            |metrics: &plies::runtime::RuntimeMetrics, worker| {
                let _ = metrics.worker_park_unpark_count(worker);
            },
        ] {
            assert!(location_of_panic(|| ask(&metrics, past)).ends_with("metrics.rs"));
            let caught = catch_unwind(AssertUnwindSafe(|| ask(&metrics, past)));
            let text = util::message(&*caught.unwrap_err()).to_owned();
            assert!(
                text.contains(&format!("there is no worker {past}")),
                "{text}"
            );
        }
    });
}
