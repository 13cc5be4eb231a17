//! Shutdown, against whatever else happens: every task is dropped once, and every worker leaves.

use std::future::pending;

use super::{Count, both_orders, pool, together};
use plies_scheduler::{
    Cause, CurrentThread, QueueStats, Runnable, Scheduler, ThreadPool, WorkStealing, WorkerId,
};
use plies_shim::cell::UnsafeCell;
use plies_shim::model::Model;
use plies_shim::thread;

pub fn models() -> Vec<Model> {
    let mut all = Vec::from(both_orders!(
        "shutdown against spawn", shutdown_against_spawn, floor 20000, bound 2,
        [LateTaskNotSwept], weak []
    ));
    all.push(
        Model::new("shutdown against park", shutdown_against_park)
            .floor(50)
            .preemptions(2)
            .bug("CloseForgetsSleepers", || {
                super::plant_and_run(super::Mutant::CloseForgetsSleepers, shutdown_against_park)
            }),
    );
    all.push(
        Model::new("shutdown against steal", shutdown_against_steal)
            .floor(50_000)
            .preemptions(1)
            .bug("CloseForgetsSleepers", || {
                super::plant_and_run(super::Mutant::CloseForgetsSleepers, shutdown_against_steal)
            }),
    );
    all.push(
        Model::new("the last reference frees", last_reference)
            .floor(10)
            .weak_bug("ReferenceDoesNotPublish", || {
                super::plant_and_run(super::Mutant::ReferenceDoesNotPublish, last_reference)
            }),
    );
    all
}

/// A policy that can tell whether its drop comes after every use.
struct Touched(UnsafeCell<()>);

// SAFETY: the model's point: the cell is read through counted references, and written when the last
// of them is gone.
unsafe impl Send for Touched {}
// SAFETY: as for `Send`.
unsafe impl Sync for Touched {}

impl Scheduler for Touched {
    type Local = ();

    fn attach(&self, _: WorkerId) {}

    fn push(&self, _: &mut (), task: Runnable, cause: Cause) {
        self.inject(task, cause);
    }

    fn inject(&self, task: Runnable, _: Cause) {
        drop(task);
    }

    fn next(&self, _: &mut ()) -> Option<Runnable> {
        None
    }

    fn has_ready(&self) -> bool {
        false
    }

    fn queue_stats(&self, _: WorkerId) -> QueueStats {
        self.0.with(|_| QueueStats::default())
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        self.0.with_mut(|_| ());
    }
}

/// Two handles outlive the executor; whichever goes last frees what they share.
fn last_reference() {
    let policy = Touched(UnsafeCell::new(()));
    let executor = CurrentThread::builder()
        .scheduler(policy)
        .build_current_thread();
    let (one, other) = (executor.handle().clone(), executor.handle().clone());
    drop(executor);
    let thread = thread::spawn(move || drop(one.metrics()));
    other.metrics();
    drop(other);
    thread.join().unwrap();
}

/// A task is spawned while the pool is dropped: it runs or is cancelled, and is dropped once.
fn shutdown_against_spawn<const SWAP: bool>() {
    let pool = pool(1);
    let handle = pool.handle().clone();
    let drops = Count::default();
    let token = drops.on_drop();
    together::<SWAP>(
        move || drop(pool),
        move || {
            let future = async move {
                let _token = token;
                pending::<()>().await;
            };
            handle.spawn(future).detach();
        },
    );
    assert_eq!(drops.get(), 1);
}

/// The pool is dropped while its worker goes to sleep.
fn shutdown_against_park() {
    drop(pool(1));
}

/// Two workers, a task that spawns more, and the end of the pool meanwhile.
fn shutdown_against_steal() {
    let pool = ThreadPool::builder()
        .workers(2)
        .scheduler(WorkStealing::new())
        .build()
        .unwrap();
    let drops = Count::default();
    let (outer, inner) = (drops.on_drop(), drops.on_drop());
    let handle = pool.handle().clone();
    pool.handle()
        .spawn(async move {
            let _outer = outer;
            handle
                .spawn(async move {
                    let _inner = inner;
                    pending::<()>().await;
                })
                .detach();
            pending::<()>().await;
        })
        .detach();
    drop(pool);
    assert_eq!(drops.get(), 2);
}
