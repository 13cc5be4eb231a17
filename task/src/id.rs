//! Task ids.

use core::fmt;
use core::num::NonZeroU64;

/// Names a task: no two tasks of a process ever have the same.
///
/// Ids of tasks spawned by one thread ascend; those of different threads come from different
/// ranges, so their order says nothing about time.
///
/// ```
/// # use plies_task::{Cause, Runnable};
/// # #[derive(Clone)] struct Drop;
/// # impl plies_task::Schedule for Drop { fn schedule(&self, _: Runnable, _: Cause) {} }
/// let (_, first) = plies_task::spawn(async {}, Drop);
/// let (_, second) = plies_task::spawn(async {}, Drop);
/// assert_ne!(first.id(), second.id());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(NonZeroU64);

impl Id {
    #[inline]
    pub(crate) fn next() -> Self {
        source::next()
    }

    /// The id as a number, for logs and tables.
    pub fn get(self) -> u64 {
        self.0.get()
    }

    fn new(number: u64) -> Self {
        match NonZeroU64::new(number) {
            Some(number) => Self(number),
            None => crate::panics::abort("every task id of this process is used up"),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({})", self.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Ids in ranges, one range at a time for each thread, so that spawning on many threads does not
/// meet on one counter. The counter is the real one under the model checkers too: ids are not
/// what they explore.
#[cfg(feature = "std")]
mod source {
    use super::Id;
    use core::cell::Cell;
    use core::sync::atomic::{AtomicU64, Ordering};

    const RANGE: u64 = 1024;

    static RANGES: AtomicU64 = AtomicU64::new(0);

    std::thread_local! {
        /// The last id this thread gave out. A multiple of `RANGE` ends its range.
        static LAST: Cell<u64> = const { Cell::new(0) };
    }

    #[inline]
    pub(super) fn next() -> Id {
        LAST.with(|last| {
            let mut id = last.get();
            if id % RANGE == 0 {
                id = start_of_range();
            }
            last.set(id + 1);
            Id::new(id + 1)
        })
    }

    #[cold]
    fn start_of_range() -> u64 {
        // Relaxed: only the number matters.
        RANGES.fetch_add(1, Ordering::Relaxed) * RANGE
    }
}

#[cfg(not(feature = "std"))]
mod source {
    use super::Id;
    use core::sync::atomic::{AtomicU64, Ordering};

    static LAST: AtomicU64 = AtomicU64::new(0);

    pub(super) fn next() -> Id {
        // Relaxed: only the number matters.
        Id::new(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
