//! What the models share.

pub mod park;
pub mod policies;
pub mod posts;
pub mod rescue;
pub mod seat;
pub mod shutdown;
pub mod steal;
pub mod wake;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use plies_scheduler::mutants::Mutant;
use plies_scheduler::mutants::plant;
use plies_scheduler::{Attributes, Cause, Fifo, Runnable, ThreadPool};
use plies_shim::thread;
use plies_task::Schedule;

/// A model in both role orders: with its roles as written, and swapped between the main and the
/// spawned thread. `$bug` is a mutant that either order must fail on; after `weak`, those that
/// only a weak memory model shows.
macro_rules! both_orders {
    ($name:literal, $body:ident, floor $floor:literal, bound $bound:expr,
     [$($bug:ident),*], weak [$($weak:ident),*]) => {
        [
            both_orders!(@one $name, $body, false, $floor, $bound, [$($bug),*], [$($weak),*]),
            both_orders!(@one concat!($name, ", swapped"), $body, true, $floor, $bound,
                [$($bug),*], [$($weak),*]),
        ]
    };
    (@one $name:expr, $body:ident, $swap:literal, $floor:literal, $bound:expr,
     [$($bug:ident),*], [$($weak:ident),*]) => {
        plies_shim::model::Model::new($name, $body::<$swap>)
            .floor($floor)
            .preemptions($bound)
            $(.bug(stringify!($bug), || {
                $crate::models::plant_and_run($crate::models::Mutant::$bug, $body::<$swap>)
            }))*
            $(.weak_bug(stringify!($weak), || {
                $crate::models::plant_and_run($crate::models::Mutant::$weak, $body::<$swap>)
            }))*
    };
}
pub(crate) use both_orders;

pub fn plant_and_run(mutant: Mutant, body: fn()) {
    plant(mutant);
    body();
}

/// Runs two roles at the same time; `SWAP` says which of them is the main thread's.
pub fn together<const SWAP: bool>(
    first: impl FnOnce() + Send + 'static,
    second: impl FnOnce() + Send + 'static,
) {
    if SWAP {
        let thread = thread::spawn(first);
        second();
        thread.join().unwrap();
    } else {
        let thread = thread::spawn(second);
        first();
        thread.join().unwrap();
    }
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
