//! Shutdown, against whatever else happens: every task is dropped once, and every worker leaves.

use std::future::pending;

use super::{Count, Workers, both_orders, end, pool, together};
use plies_scheduler::{
    Cause, CurrentThread, Fifo, QueueStats, Rescue, Runnable, Scheduler, ThreadPool, WorkStealing,
    WorkerId,
};
use plies_shim::cell::UnsafeCell;
use plies_shim::model::Model;
use plies_shim::thread;

pub fn models() -> Vec<Model> {
    let mut all = Vec::from(both_orders!(
        "shutdown against spawn", shutdown_against_spawn, floor 20000, bound 2,
        [LateTaskNotSwept], weak []
    ));
    all.extend(both_orders!(
        "shutdown against park", shutdown_against_park, floor 40, bound 2,
        [CloseForgetsSleepers], weak []
    ));
    all.extend(both_orders!(
        "shutdown against steal", shutdown_against_steal, floor 500, bound 1,
        [CloseForgetsSleepers], weak []
    ));
    all.extend(both_orders!(
        "the last reference frees", last_reference, floor 10, bound 2,
        [], weak [ReferenceDoesNotPublish]
    ));
    all.extend(both_orders!(
        "shutdown by a panic against spawn", panic_against_spawn, floor 500, bound 2,
        [LateTaskNotSwept], weak []
    ));
    all.extend(both_orders!(
        "shutdown by a panic against park", panic_against_park, floor 300, bound 2,
        [CloseForgetsSleepers], weak []
    ));
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
        self.0.with(|_| None)
    }

    fn has_ready(&self) -> bool {
        self.0.with(|_| false)
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

/// The executor goes, and so does a handle; whichever goes last frees what they share.
fn last_reference<const SWAP: bool>() {
    let policy = Touched(UnsafeCell::new(()));
    let executor = CurrentThread::builder()
        .scheduler(policy)
        .build_current_thread();
    let handle = executor.handle().clone();
    together::<SWAP>(
        move || drop(executor),
        move || {
            handle.metrics();
        },
    );
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

/// The pool ends while its worker goes to sleep.
fn shutdown_against_park<const SWAP: bool>() {
    let (builder, workers) = Workers::of(ThreadPool::builder().workers(1));
    let pool = builder.scheduler(Fifo::new()).build().unwrap();
    together::<SWAP>(move || end(pool), workers.next());
}

/// Two workers, a task that spawns more, and the end of the pool meanwhile.
fn shutdown_against_steal<const SWAP: bool>() {
    let (builder, workers) = Workers::of(ThreadPool::builder().workers(2));
    let pool = builder.scheduler(WorkStealing::new()).build().unwrap();
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
    let thief = thread::spawn(workers.next());
    together::<SWAP>(move || end(pool), workers.next());
    thief.join().unwrap();
    assert_eq!(drops.get(), 2);
}

pub(super) async fn guilty() {
    // Without the panic hook, which ends the model.
    std::panic::resume_unwind(Box::new("a task's own fault"));
}

/// A pool that ends when a task panics, with such a task queued.
fn panicking_pool(workers: usize) -> (ThreadPool, Workers) {
    let builder = ThreadPool::builder()
        .workers(workers)
        .rescue(Rescue::off().max_spares(0))
        .shutdown_on_panic(true);
    let (builder, workers) = Workers::of(builder);
    let pool = builder.scheduler(Fifo::new()).build().unwrap();
    pool.handle().spawn(guilty()).detach();
    (pool, workers)
}

/// A task is spawned while a panic in another one ends the pool. Proved: the worker leaves, and the
/// task is over then, run or dropped, though nobody has shut the pool down yet.
fn panic_against_spawn<const SWAP: bool>() {
    let (pool, workers) = panicking_pool(1);
    let (handle, drops) = (pool.handle().clone(), Count::default());
    let token = drops.on_drop();
    together::<SWAP>(workers.next(), move || {
        handle.spawn(async move { drop(token) }).detach();
    });
    assert_eq!(drops.get(), 1);
    end(pool);
}

/// A panic ends the pool while another worker falls asleep. Proved: that one leaves too, though
/// nobody has shut the pool down yet.
fn panic_against_park<const SWAP: bool>() {
    let (pool, workers) = panicking_pool(2);
    together::<SWAP>(workers.next(), workers.next());
    assert!(pool.handle().is_closed());
    end(pool);
}
