//! What switches the observer and the poll times on and off, and calls the observer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use plies_shim::sync::atomic::{AtomicU32, Ordering};

use crate::Observer;

/// What changes how each task is treated. Read at every poll, spawn and wake, so it is one word
/// that is seldom written.
///
/// | bit | name | meaning |
/// |---|---|---|
/// | 0 | `CLOSED` | tasks are dropped instead of polled |
/// | 1 | `OBSERVED` | there is an observer |
/// | 2 | `TIMED` | the length of each poll is counted |
/// | 3 | `RELIEVED` | there are spare workers: who returns from a long poll may find its post taken |
/// | 4 | `FAILED` | a task's panic has closed the executor |
///
/// All loads are relaxed: a worker may act on the old value for one more task.
pub(crate) struct Watch {
    flags: AtomicU32,
    observer: RwLock<Option<Arc<dyn Observer>>>,
}

/// A look at the word.
#[derive(Clone, Copy)]
pub(crate) struct Flags(u32);

impl Flags {
    const CLOSED: u32 = 1;
    const OBSERVED: u32 = 1 << 1;
    const TIMED: u32 = 1 << 2;
    const RELIEVED: u32 = 1 << 3;
    const FAILED: u32 = 1 << 4;

    /// Nothing is switched on: the ordinary case.
    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn is_closed(self) -> bool {
        self.0 & Self::CLOSED != 0
    }

    pub(crate) fn is_observed(self) -> bool {
        self.0 & Self::OBSERVED != 0
    }

    pub(crate) fn is_relieved(self) -> bool {
        self.0 & Self::RELIEVED != 0
    }

    pub(crate) fn is_failed(self) -> bool {
        self.0 & Self::FAILED != 0
    }

    /// Nothing but spare workers makes a difference.
    pub(crate) fn is_unwatched(self) -> bool {
        self.0 & !Self::RELIEVED == 0
    }

    pub(crate) fn is_timed(self) -> bool {
        self.0 & Self::TIMED != 0
    }
}

impl Watch {
    pub(crate) fn new(observer: Option<Arc<dyn Observer>>) -> Self {
        let flags = if observer.is_some() {
            Flags::OBSERVED
        } else {
            0
        };
        Watch {
            flags: AtomicU32::new(flags),
            observer: RwLock::new(observer),
        }
    }

    #[inline]
    pub(crate) fn flags(&self) -> Flags {
        Flags(self.flags.load(Ordering::Relaxed))
    }

    fn switch(&self, flag: u32, on: bool) -> Flags {
        Flags(if on {
            self.flags.fetch_or(flag, Ordering::AcqRel)
        } else {
            self.flags.fetch_and(!flag, Ordering::AcqRel)
        })
    }

    /// Raises `CLOSED`; false if it was up already.
    pub(crate) fn close(&self) -> bool {
        !self.switch(Flags::CLOSED, true).is_closed()
    }

    pub(crate) fn set_failed(&self) {
        self.switch(Flags::FAILED, true);
    }

    pub(crate) fn set_timed(&self, on: bool) {
        self.switch(Flags::TIMED, on);
    }

    pub(crate) fn set_relieved(&self, relieved: bool) {
        self.switch(Flags::RELIEVED, relieved);
    }

    pub(crate) fn set_observer(&self, observer: Option<Arc<dyn Observer>>) {
        let on = observer.is_some();
        let mut place = self
            .observer
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let previous = std::mem::replace(&mut *place, observer);
        self.switch(Flags::OBSERVED, on);
        drop(place);
        // Outside of the lock: its destructor is somebody else's code.
        drop(previous);
    }

    /// Tells the observer, if there is one; contains its panics.
    #[cold]
    pub(crate) fn tell(&self, event: impl FnOnce(&dyn Observer)) {
        let place = self.observer.read().unwrap_or_else(PoisonError::into_inner);
        let observer = place.clone();
        drop(place);
        if let Some(observer) = observer {
            let _ = catch_unwind(AssertUnwindSafe(|| event(&*observer)));
        }
    }
}
