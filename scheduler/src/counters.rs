//! What a worker counts while it runs, and what others read of it.

// Counters are read for statistics only and publish nothing, so they are not the shim's atomics:
// the model checkers have nothing to find in them.
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that one thread at a time adds to, without an RMW, and any thread reads.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) const fn new() -> Self {
        Counter(AtomicU64::new(0))
    }

    /// Adds; called on the thread of the worker that owns the counter.
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        self.0.store(self.get().wrapping_add(n), Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One worker's counters.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) polls: Counter,
    pub(crate) spawned: Counter,
    pub(crate) ended: Counter,
    pub(crate) local_pushes: Counter,
    pub(crate) steals: Counter,
    pub(crate) stolen_tasks: Counter,
    pub(crate) wakeups: Counter,
    pub(crate) driver_polls: Counter,
    pub(crate) budget_yields: Counter,
    pub(crate) panics: Counter,
    pub(crate) driver_failures: Counter,
}
