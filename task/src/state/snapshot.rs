//! The word's layout, and its value at one moment with every bit named.

use super::Next;
use crate::mutants::{Mutant, planted};
use core::fmt;

pub(super) const COMPLETE: u64 = 1;
pub(super) const CANCELLED: u64 = 1 << 1;
pub(super) const JOIN_INTEREST: u64 = 1 << 2;
pub(super) const JOIN_WAKER: u64 = 1 << 3;

pub(super) const WAKE: u64 = 1 << 8;
const WAKES: u64 = (REFERENCE - 1) & !(WAKE - 1);
pub(super) const REFERENCE: u64 = 1 << 32;

/// Where the count of wakes stops. Every thread may overshoot it by one for a moment, and the
/// field has room for twelve million of them.
pub(super) const WAKES_MAX: u64 = 1 << 22;
/// A poll starts from fewer wakes than this, so that the saturated count always differs from the
/// one it started from.
pub(super) const WAKES_SEEN_END: u64 = WAKES_MAX / 2;
/// More references than this abort the process: half the field, so that no number of threads
/// doing it at once can wrap it.
pub(super) const REFERENCES_MAX: u64 = 1 << 31;

/// The word as it was at one moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Snapshot(pub(super) u64);

impl Snapshot {
    #[inline]
    pub(crate) fn is_complete(self) -> bool {
        self.0 & COMPLETE != 0
    }

    #[inline]
    pub(crate) fn is_cancelled(self) -> bool {
        self.0 & CANCELLED != 0
    }

    #[inline]
    pub(crate) fn has_join_interest(self) -> bool {
        self.0 & JOIN_INTEREST != 0
    }

    #[inline]
    pub(crate) fn has_join_waker(self) -> bool {
        self.0 & JOIN_WAKER != 0
    }

    /// Neither queued, nor running, nor complete.
    #[inline]
    pub(crate) fn is_idle(self) -> bool {
        self.0 & (WAKES | COMPLETE) == 0
    }

    #[inline]
    pub(super) fn wakes(self) -> u64 {
        (self.0 & WAKES) / WAKE
    }

    #[inline]
    pub(super) fn references(self) -> u64 {
        self.0 / REFERENCE
    }

    #[inline]
    pub(super) fn with_wakes(self, wakes: u64) -> Self {
        Self((self.0 & !WAKES) | (wakes * WAKE))
    }

    #[inline]
    pub(super) fn with(self, flags: u64) -> Self {
        Self(self.0 | flags)
    }

    #[inline]
    pub(super) fn without(self, flags: u64) -> Self {
        Self(self.0 & !flags)
    }

    /// One reference less. An idle task that loses its last one can never be woken: it becomes
    /// queued for cancellation, and who took the reference holds the `Runnable`.
    #[inline]
    pub(super) fn without_reference(self) -> Self {
        let less = Self(self.0 - REFERENCE);
        if less.references() == 0 && less.is_idle() {
            return less.with(CANCELLED).with_wakes(1);
        }
        less
    }

    /// What dropping a reference from this word entails.
    #[inline]
    pub(super) fn next_after_release(self) -> Next {
        if self.references() > 1 {
            Next::Nothing
        } else if self.is_complete() {
            Next::Free
        } else if self.is_idle() && !planted(Mutant::UnreachableTaskForgotten) {
            Next::Schedule
        } else {
            Next::Nothing
        }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("complete", &self.is_complete())
            .field("cancelled", &self.is_cancelled())
            .field("join_interest", &self.has_join_interest())
            .field("join_waker", &self.has_join_waker())
            .field("wakes", &self.wakes())
            .field("references", &self.references())
            .finish()
    }
}
