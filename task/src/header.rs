//! The part of a cell that does not depend on the future, the scheduler or the metadata.

use crate::origin::Origin;
use crate::registry::Link;
use crate::runnable::Outcome;
use crate::state::{Next, State};
use crate::{Cause, Id};
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{RawWakerVTable, Waker};
use plies_shim::cell::UnsafeCell;

/// The front of every cell: what can be done to a task without knowing its types.
pub(crate) struct Header {
    pub(crate) state: State,
    pub(crate) vtable: &'static Vtable,
    /// Holds a waker exactly while `JOIN_WAKER` is set, and while the `JoinHandle` exchanges it.
    pub(crate) join_waker: UnsafeCell<MaybeUninit<Waker>>,
    pub(crate) link: Link,
    pub(crate) polls: Polls,
    pub(crate) id: Id,
    pub(crate) origin: Origin,
}

/// What depends on the types of a task.
pub(crate) struct Vtable {
    /// Polls or cancels. The caller gives up the `Runnable`, and gets it back if the task yielded.
    pub(crate) run: unsafe fn(NonNull<Header>) -> Ran,
    /// Drops the future. The caller gives up the `Runnable`; `false` on a foreign thread.
    pub(crate) cancel: unsafe fn(NonNull<Header>) -> bool,
    /// Hands the `Runnable` to the scheduler: the caller gives it up.
    pub(crate) schedule: unsafe fn(NonNull<Header>, Cause),
    /// The same for a caller that holds a reference for the time of the call.
    pub(crate) schedule_by_ref: unsafe fn(NonNull<Header>, Cause),
    /// Moves the result out, to a `Result<T, Failure>`.
    pub(crate) take_result: unsafe fn(NonNull<Header>, *mut ()),
    /// Drops the result in place.
    pub(crate) drop_result: unsafe fn(NonNull<Header>),
    /// Of this task's wakers.
    pub(crate) waker: RawWakerVTable,
    /// Frees the cell, whose future and result are gone.
    pub(crate) free: unsafe fn(NonNull<Header>),
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ran {
    Done(Outcome),
    /// A task of [`spawn_local`](crate::Builder::spawn_local), on a foreign thread: its future is
    /// leaked.
    ForeignThread,
}

/// Carries out what a change of the word asks for.
///
/// # Safety
///
/// `next` must come from a change of this cell's word that the caller had the right to make. It
/// must not use the cell afterwards unless it holds another reference.
#[inline]
pub(crate) unsafe fn follow(header: NonNull<Header>, next: Next) {
    if next == Next::Nothing {
        return;
    }
    // SAFETY: after `Schedule` the caller holds the `Runnable`, after `Free` it holds the last of
    // everything: either keeps the cell alive up to the call, which takes it over.
    unsafe {
        let vtable = header.as_ref().vtable;
        match next {
            Next::Schedule => (vtable.schedule)(header, Cause::Woken),
            _ => (vtable.free)(header),
        }
    }
}

/// Counts the starts and the ends of polls, so that an odd number means running; and keeps the
/// executor's stamp.
///
/// Written by the holder of the `Runnable` only, read by diagnostics. They are the real atomics
/// under the model checkers too: no decision depends on them, but for what they say of a task's
/// first poll, and the holder of the `Runnable` asks that.
pub(crate) struct Polls {
    /// Wraps around after 2^31 polls.
    ticks: AtomicU32,
    stamp: AtomicU32,
}

impl Polls {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            ticks: AtomicU32::new(0),
            stamp: AtomicU32::new(0),
        }
    }

    /// Marks the start or the end of a poll.
    #[inline]
    pub(crate) fn tick(&self) {
        self.ticks
            .store(self.ticks().wrapping_add(1), Ordering::Relaxed);
    }

    /// Polls begun, modulo 2^31.
    #[inline]
    pub(crate) fn begun(&self) -> u32 {
        self.ticks().div_ceil(2)
    }

    #[inline]
    pub(crate) fn is_polling(&self) -> bool {
        self.ticks() % 2 == 1
    }

    #[inline]
    pub(crate) fn set_stamp(&self, stamp: u32) {
        self.stamp.store(stamp, Ordering::Relaxed);
    }

    pub(crate) fn stamp(&self) -> u32 {
        self.stamp.load(Ordering::Relaxed)
    }

    #[inline]
    fn ticks(&self) -> u32 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// The task is idle, and its next poll is the last before the count wraps around.
    #[cfg(all(test, feature = "std", not(any(plies_loom, plies_shuttle))))]
    pub(crate) fn wind_on(&self) {
        self.ticks.store(u32::MAX - 1, Ordering::Relaxed);
    }
}
