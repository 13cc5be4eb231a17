//! The atomic itself, in terms of snapshots.

use super::Snapshot;
use plies_shim::sync::atomic::{AtomicU64, Ordering};

pub(super) struct Word(AtomicU64);

impl Word {
    #[inline(always)]
    pub(super) fn new(value: Snapshot) -> Self {
        Self(AtomicU64::new(value.0))
    }

    #[inline(always)]
    pub(super) fn load(&self, order: Ordering) -> Snapshot {
        Snapshot(self.0.load(order))
    }

    /// Returns the word before.
    #[inline(always)]
    pub(super) fn add(&self, amount: u64, order: Ordering) -> Snapshot {
        count();
        Snapshot(self.0.fetch_add(amount, order))
    }

    /// Returns the word before.
    #[inline(always)]
    pub(super) fn sub(&self, amount: u64, order: Ordering) -> Snapshot {
        count();
        Snapshot(self.0.fetch_sub(amount, order))
    }

    /// Compares and swaps, and may fail without a reason; returns the word if it did.
    #[inline(always)]
    pub(super) fn exchange(
        &self,
        old: Snapshot,
        new: Snapshot,
        success: Ordering,
    ) -> Result<(), Snapshot> {
        count();
        let result = self
            .0
            .compare_exchange_weak(old.0, new.0, success, Ordering::Acquire);
        result.map(drop).map_err(Snapshot)
    }
}

/// Counts a read-modify-write, for the test that holds the table of transitions to its numbers.
#[inline(always)]
fn count() {
    #[cfg(all(test, feature = "std"))]
    READ_MODIFY_WRITES.with(|count| count.set(count.get() + 1));
}

#[cfg(all(test, feature = "std"))]
std::thread_local! {
    /// Read-modify-writes on words by this thread.
    pub(super) static READ_MODIFY_WRITES: core::cell::Cell<usize> =
        const { core::cell::Cell::new(0) };
}
