//! What several tests use.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test crate uses its own part"
)]

mod watched;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use plies_scheduler::{
    Builder, Driver, Fifo, Handle, JoinHandle, Priority, Rescue, Scheduler, Seeded, ThreadParker,
    ThreadPool, WorkStealing, WorkerMetrics, block_in_place,
};

pub use watched::{Watched, unbounded};

/// Runs the same test body on each of the policies.
pub fn on_each_policy(body: impl Fn(&dyn Fn(usize) -> ThreadPool)) {
    body(&|workers| pool(workers, WorkStealing::new()));
    body(&|workers| pool(workers, WorkStealing::new().lifo_limit(0).capacity(2)));
    body(&|workers| pool(workers, Fifo::new()));
    body(&|workers| pool(workers, Priority::new(3)));
    body(&|workers| pool(workers, Seeded::new(1)));
}

pub fn pool<S: Scheduler>(workers: usize, scheduler: S) -> ThreadPool {
    builder(workers, scheduler).build().unwrap()
}

/// Without rescue: on a machine with other work, its helpers and spares come when they please.
pub fn builder<S: Scheduler>(workers: usize, scheduler: S) -> Builder<S> {
    let builder = ThreadPool::builder().workers(workers);
    builder.scheduler(scheduler).rescue(Rescue::off())
}

/// Keeps its waker, and is never ready.
#[derive(Default)]
pub struct Never;

impl Future for Never {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// Woken once by its own poll, then ready.
#[derive(Default)]
pub struct YieldNow(bool);

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A door that tasks await and threads block on.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Default)]
struct GateState {
    open: bool,
    wakers: Vec<Waker>,
}

impl Gate {
    pub fn open(&self) {
        let mut state = self.0.0.lock().unwrap();
        state.open = true;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.0.1.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Blocks the thread until the door is open.
    pub fn block(&self) {
        let state = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(state, |state| !state.open).unwrap());
    }

    /// How many tasks wait at the door.
    pub fn waiting(&self) -> usize {
        self.0.0.lock().unwrap().wakers.len()
    }

    /// Waits without blocking the thread.
    pub async fn passed(&self) {
        std::future::poll_fn(|cx| {
            let mut state = self.0.0.lock().unwrap();
            if state.open {
                return Poll::Ready(());
            }
            state.wakers.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// A task that blocks its worker's thread until the gate opens; returns when it does.
pub fn block_a_worker(handle: &Handle, gate: &Gate) -> JoinHandle<()> {
    hold_up(handle, gate, |block| block())
}

/// The same, announced; returns when the worker has been replaced.
pub fn block_in_place_until(handle: &Handle, gate: &Gate) -> JoinHandle<()> {
    hold_up(handle, gate, |block| block_in_place(block))
}

fn hold_up(handle: &Handle, gate: &Gate, run: fn(&mut dyn FnMut())) -> JoinHandle<()> {
    let (begun, gate) = (Gate::default(), gate.clone());
    let begins = begun.clone();
    let task = handle.spawn(async move {
        run(&mut || {
            begins.open();
            gate.block();
        });
    });
    begun.block();
    task
}

/// A driver that counts who looks into it.
#[derive(Default)]
pub struct Looks {
    parker: ThreadParker,
    parks: AtomicUsize,
    polls: AtomicUsize,
}

impl Looks {
    /// How many did not want to sleep.
    pub fn polls(&self) -> usize {
        self.polls.load(Ordering::SeqCst)
    }

    /// How many there were, asleep or not.
    pub fn all(&self) -> usize {
        self.parks.load(Ordering::SeqCst) + self.polls()
    }
}

impl Driver for Looks {
    fn park(&self, timeout: Option<Duration>) -> std::io::Result<()> {
        self.parks.fetch_add(1, Ordering::SeqCst);
        self.parker.park(timeout)
    }

    fn poll(&self) -> std::io::Result<bool> {
        self.polls.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }

    fn unpark(&self) {
        self.parker.unpark();
    }
}

/// Counts how often it is dropped.
#[derive(Clone, Default)]
pub struct Drops(Arc<AtomicUsize>);

impl Drops {
    pub fn token(&self) -> DropToken {
        DropToken(self.0.clone())
    }

    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

pub struct DropToken(Arc<AtomicUsize>);

impl Drop for DropToken {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Waits, yielding the processor, until `condition` holds.
pub fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::yield_now();
    }
}

/// Waits until every worker sleeps in its driver and has counted that: as long as nothing happens,
/// nothing changes from then on.
pub fn wait_for_rest(handle: &Handle) {
    wait_until(|| {
        let metrics = handle.metrics();
        let sleeps = |worker: &WorkerMetrics| worker.park_turns % 2 == 1;
        metrics.sleeping_workers() == metrics.workers().len()
            && metrics.workers().iter().all(sleeps)
    });
}

pub fn total_polls(handle: &Handle) -> u64 {
    handle
        .metrics()
        .workers()
        .iter()
        .map(|worker| worker.polls)
        .sum()
}

pub fn total_parks(handle: &Handle) -> u64 {
    handle
        .metrics()
        .workers()
        .iter()
        .map(|worker| worker.parks)
        .sum()
}
