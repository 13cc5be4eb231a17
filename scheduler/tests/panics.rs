//! Panics of a driver or a policy: contained, counted, and the worker goes on.

mod util;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use plies_scheduler::{
    Cause, CurrentThread, Driver, Fifo, Runnable, Scheduler, ThreadParker, WorkerId, block_on,
};
use util::{builder, pool, wait_until};

/// Panics at every other park, and at its entry.
struct BadDriver {
    parker: ThreadParker,
    panicked: AtomicBool,
}

impl BadDriver {
    fn create(_: WorkerId) -> Arc<dyn Driver> {
        Arc::new(BadDriver {
            parker: ThreadParker::new(),
            panicked: AtomicBool::new(false),
        })
    }
}

impl Driver for BadDriver {
    fn park(&self, timeout: Option<Duration>) -> std::io::Result<()> {
        if !self.panicked.fetch_xor(true, Ordering::Relaxed) {
            panic!("in park");
        }
        self.parker.park(timeout)
    }

    fn poll(&self) -> std::io::Result<bool> {
        Ok(true)
    }

    fn unpark(&self) {
        self.parker.unpark();
    }

    fn enter(&self) -> Option<Box<dyn std::any::Any>> {
        panic!("in enter");
    }
}

#[test]
fn a_driver_that_panics_does_not_end_its_worker() {
    let pool = builder(1, Fifo::new())
        .driver(BadDriver::create)
        .build()
        .unwrap();
    let panics = || pool.handle().metrics().workers()[0].panics;
    wait_until(|| panics() == 2);
    for round in 0..100 {
        assert_eq!(
            block_on(pool.handle().spawn(async move { round })).unwrap(),
            round
        );
        wait_until(|| pool.handle().metrics().sleeping_workers() == 1);
    }
    assert_eq!(pool.handle().metrics().sleeping_workers(), 1);
}

/// Panics once when asked for the next task.
struct BadPolicy(Fifo, AtomicBool);

impl Scheduler for BadPolicy {
    type Local = ();

    fn attach(&self, _: WorkerId) {}

    fn push(&self, local: &mut (), task: Runnable, cause: Cause) {
        self.0.push(local, task, cause);
    }

    fn inject(&self, task: Runnable, cause: Cause) {
        self.0.inject(task, cause);
    }

    fn next(&self, local: &mut ()) -> Option<Runnable> {
        if !self.1.swap(true, Ordering::Relaxed) {
            panic!("in next");
        }
        self.0.next(local)
    }

    fn has_ready(&self) -> bool {
        self.0.has_ready()
    }
}

#[test]
fn a_policy_that_panics_does_not_end_its_worker() {
    let pool = pool(1, BadPolicy(Fifo::new(), AtomicBool::new(false)));
    assert_eq!(block_on(pool.handle().spawn(async { 1 })).unwrap(), 1);
    assert_eq!(pool.handle().metrics().workers()[0].panics, 1);
}

#[test]
fn a_panic_that_leaves_block_on_leaves_the_tasks_to_the_next_call() {
    let policy = BadPolicy(Fifo::new(), AtomicBool::new(false));
    let executor = CurrentThread::builder()
        .scheduler(policy)
        .build_current_thread();
    let task = executor.handle().spawn(async { 1 });
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        executor.block_on(util::Never);
    }));
    assert!(failed.is_err(), "the caller of block_on gets the panic");
    assert_eq!(executor.block_on(task).unwrap(), 1);
}
