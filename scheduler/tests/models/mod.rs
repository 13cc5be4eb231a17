//! What the models share.

pub mod in_place;
pub mod local_tasks;
pub mod park;
pub mod policies;
// What it explores is there under the checkers only.
#[cfg(any(plies_loom, plies_shuttle))]
pub mod posts;
pub mod rescue;
pub mod seat;
pub mod shutdown;
pub mod spare;
pub mod steal;
pub mod wake;
pub mod wave;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub use plies_scheduler::mutants::Mutant;
use plies_scheduler::{Attributes, Builder, Cause, Fifo, Runnable, Scheduler, ThreadPool};
pub use plies_shim::model::together;
use plies_shim::sync::{Condvar, Mutex};
use plies_task::Schedule;

/// [`plies_shim::both_orders!`] with this crate's planted bugs.
macro_rules! both_orders {
    ($($model:tt)*) => { plies_shim::both_orders!($crate::models::Mutant: $($model)*) };
}
pub(crate) use both_orders;

pub fn plant_and_run(mutant: Mutant, body: fn()) {
    mutant.plant();
    body();
}

/// Counts; invisible to the model checkers, so that it neither orders nor multiplies executions.
#[derive(Clone, Default)]
pub struct Count(Arc<AtomicUsize>);

impl Count {
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Something that counts when it is dropped.
    pub fn on_drop(&self) -> OnDrop {
        OnDrop(self.clone())
    }
}

pub struct OnDrop(Count);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.add();
    }
}

/// What the workers of a pool without threads do, each on whichever thread calls it, in the order
/// in which they were to start: so a model gives its roles to threads in both ways.
#[derive(Clone)]
pub struct Workers(Shared<VecDeque<Work>>);

pub type Work = Box<dyn FnOnce() + Send>;

impl Workers {
    /// Has `builder` make a pool that starts no threads. Only `shutdown` ends it.
    pub fn of<S: Scheduler>(builder: Builder<S>) -> (Builder<S>, Workers) {
        let workers = Workers(Shared::default());
        let waiting = workers.clone();
        let builder = builder.start_threads_with(move |work| {
            waiting.0.change(|waiting| waiting.push_back(work));
        });
        (builder, workers)
    }

    /// The next worker, once it was to start.
    pub fn next(&self) -> Work {
        self.0.wait(VecDeque::pop_front)
    }

    /// The next worker, if one was to start.
    pub fn started(&self) -> Option<Work> {
        self.0.wait(|waiting| Some(waiting.pop_front()))
    }
}

/// A value that threads change, and wait for.
pub struct Shared<T>(Arc<(Mutex<T>, Condvar)>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared(self.0.clone())
    }
}

impl<T: Default> Default for Shared<T> {
    fn default() -> Self {
        Shared(Arc::new((Mutex::new(T::default()), Condvar::new())))
    }
}

impl<T> Shared<T> {
    pub fn change(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.0.0.lock());
        self.0.1.notify_all();
    }

    /// Waits until `look` finds something.
    pub fn wait<R>(&self, look: impl Fn(&mut T) -> Option<R>) -> R {
        let mut value = self.0.0.lock();
        loop {
            if let Some(found) = look(&mut value) {
                return found;
            }
            value = self.0.1.wait(value);
        }
    }
}

impl Shared<bool> {
    /// Lets everybody through who waits at [`pass`](Self::pass).
    pub fn open(&self) {
        self.change(|open| *open = true);
    }

    /// Holds the thread up until this is open.
    pub fn pass(&self) {
        self.wait(|open| open.then_some(()));
    }
}

/// Ends a pool: every worker leaves. It waits without a limit, for the time that a model takes is
/// the machine's: a worker that does not leave shows as a deadlock.
pub fn end(pool: ThreadPool) {
    let report = pool.shutdown(Duration::MAX);
    assert_eq!(report.workers_left, 0);
}

/// A pool over the queue that the checkers see.
pub fn pool(workers: usize) -> ThreadPool {
    ThreadPool::builder()
        .workers(workers)
        .scheduler(Fifo::new())
        .build()
        .unwrap()
}

/// Where the tasks of a model without an executor would go when woken: they are not.
#[derive(Clone)]
struct Nowhere;

impl Schedule<Attributes> for Nowhere {
    fn schedule(&self, _: Runnable, _: Cause) {
        unreachable!("nothing wakes the task");
    }
}

/// A task that counts its run in `runs`.
pub fn task(runs: &Count) -> Runnable {
    let runs = runs.clone();
    let builder = plies_task::Builder::new().metadata(Attributes::new());
    builder.spawn(async move { runs.add() }, Nowhere).0
}
