//! What an executor counts of its tasks and of its workers' time.

mod util;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use plies_scheduler::{
    CurrentThread, Driver, Fifo, Handle, Observer, WorkerId, block_on, current_place,
    current_worker,
};
use util::{builder, on_each_policy, wait_until};

#[test]
fn tasks_are_counted_while_they_live() {
    on_each_policy(|make| {
        let pool = make(2);
        let live = || pool.handle().metrics().live_tasks();
        assert_eq!(live(), 0);
        let waiting = pool.handle().spawn(pending::<()>());
        let nested = pool
            .handle()
            .spawn(async { Some(Handle::current().spawn(pending::<()>())) });
        let nested = block_on(nested).unwrap().unwrap();
        let panicked = pool.handle().spawn(async { panic!("counts as over") });
        assert!(block_on(panicked).is_err());
        wait_until(|| live() == 2);
        nested.abort();
        waiting.abort();
        wait_until(|| live() == 0);
        let left = pool.handle().spawn(pending::<()>());
        let handle = pool.handle().clone();
        pool.shutdown(Duration::from_secs(60));
        assert_eq!(handle.metrics().live_tasks(), 0);
        assert!(left.is_finished());
    });
}

#[test]
fn injected_tasks_are_counted_until_they_are_taken() {
    let executor = CurrentThread::builder()
        .scheduler(Fifo::new())
        .build_current_thread();
    let tasks: Vec<_> = (0..3).map(|_| executor.handle().spawn(async {})).collect();
    assert_eq!(executor.handle().metrics().injected_tasks(), 3);
    for task in tasks {
        executor.block_on(task).unwrap();
    }
    assert_eq!(executor.handle().metrics().injected_tasks(), 0);
}

#[test]
fn a_worker_is_busy_while_it_polls_and_not_while_it_sleeps() {
    let pool = util::pool(1, Fifo::new());
    let worker = || pool.handle().metrics().workers()[0].clone();
    block_on(pool.handle().spawn(async {
        std::thread::sleep(Duration::from_millis(5));
    }))
    .unwrap();
    wait_until(|| worker().park_turns % 2 == 1);
    let seen = worker();
    assert!(seen.busy >= Duration::from_millis(5), "{:?}", seen.busy);
    assert_eq!(seen.park_turns, seen.parks * 2 - 1);
    std::thread::sleep(Duration::from_millis(2));
    // It slept meanwhile, unless it woke for no reason.
    let later = worker();
    assert!(later.busy == seen.busy || later.parks > seen.parks);
}

#[test]
fn the_thread_that_drives_is_busy_in_block_on_only() {
    let executor = CurrentThread::builder().build_current_thread();
    let busy = || executor.handle().metrics().workers()[0].busy;
    assert_eq!(busy(), Duration::ZERO);
    executor.block_on(async { std::thread::sleep(Duration::from_millis(2)) });
    let seen = busy();
    assert!(seen >= Duration::from_millis(2));
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(busy(), seen);
}

#[test]
fn a_worker_is_named_where_it_runs_and_nowhere_else() {
    assert_eq!((current_worker(), current_place()), (None, None));
    let pool = util::pool(2, Fifo::new());
    let task = pool
        .handle()
        .spawn(async { (current_worker(), current_place()) });
    let (worker, place) = block_on(task).unwrap();
    assert_eq!(worker.map(WorkerId::index), place);
    assert!(place.unwrap() < 2);
    let executor = CurrentThread::builder().build_current_thread();
    assert_eq!(executor.block_on(async { current_place() }), Some(0));
    assert_eq!(current_place(), None);
}

/// Fails in whatever it is asked, from the start.
struct Broken;

impl Driver for Broken {
    fn park(&self, _: Option<Duration>) -> std::io::Result<()> {
        Err(std::io::Error::other("broken"))
    }

    fn poll(&self) -> std::io::Result<bool> {
        Err(std::io::Error::other("broken"))
    }

    fn unpark(&self) {}
}

#[derive(Default)]
struct Failures(AtomicUsize);

impl Observer for Failures {
    fn driver_failed(&self, _: WorkerId, error: &std::io::Error) {
        assert_eq!(error.to_string(), "broken");
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_worker_whose_driver_fails_goes_on_and_does_not_spin() {
    let failures = Arc::new(Failures::default());
    let pool = builder(1, Fifo::new())
        .driver(|_| Arc::new(Broken))
        .observer(failures.clone())
        .build()
        .unwrap();
    for round in 0..3 {
        assert_eq!(
            block_on(pool.handle().spawn(async move { round })).unwrap(),
            round
        );
    }
    let told = || failures.0.load(Ordering::SeqCst);
    wait_until(|| told() > 3);
    let worker = pool.handle().metrics().workers()[0].clone();
    assert!(worker.driver_failures > 0);
    assert_eq!(worker.panics, 0);
    // It rests after each failure: hardly any of its time is spent on them.
    let start = std::time::Instant::now();
    let before = told();
    std::thread::sleep(Duration::from_millis(100));
    let failures = told() - before;
    // The clock is looked at around the counts: what happens in between is in its time.
    let most = start.elapsed().as_millis() as usize / 10 + 2;
    assert!(failures <= most, "{failures} failures");
}

#[test]
fn a_thread_that_drives_with_a_failing_driver_goes_on() {
    let executor = CurrentThread::builder()
        .driver(|_| Arc::new(Broken))
        .build_current_thread();
    let handle = executor.handle().clone();
    let task = executor.handle().spawn(async { 7 });
    assert_eq!(executor.block_on(task).unwrap(), 7);
    let outside = std::thread::spawn(move || handle.spawn(async { 8 }));
    assert_eq!(executor.block_on(outside.join().unwrap()).unwrap(), 8);
}
