//! References to a task of unknown type, and the handle that aborts one.

use crate::Id;
use crate::header::{Header, follow};
use crate::state::Next;
use core::fmt;
use core::ptr::NonNull;

/// A counted reference to a task.
pub(crate) struct Reference(NonNull<Header>);

// SAFETY: all it gives is the header, whose parts are for any thread, or say who may touch them.
unsafe impl Send for Reference {}
// SAFETY: as for `Send`.
unsafe impl Sync for Reference {}

impl Reference {
    /// Counts a new one.
    ///
    /// # Safety
    ///
    /// The cell is alive during the call.
    #[inline]
    pub(crate) unsafe fn new(header: NonNull<Header>) -> Self {
        // SAFETY: passed on from the caller.
        unsafe { header.as_ref().state.retain() };
        Self(header)
    }

    #[inline]
    pub(crate) fn header(&self) -> &Header {
        // SAFETY: the reference keeps the cell alive.
        unsafe { self.0.as_ref() }
    }

    /// Asks for the task to be cancelled.
    #[inline]
    pub(crate) fn cancel(&self) {
        // SAFETY: this is a reference for the time of the call.
        unsafe { cancel(self.0) }
    }
}

/// Asks for a task to be cancelled.
///
/// # Safety
///
/// The caller holds a reference for the time of the call.
#[inline]
pub(crate) unsafe fn cancel(header: NonNull<Header>) {
    // SAFETY: the reference keeps the cell alive, also while the scheduler in it is borrowed;
    // after `Schedule` the `Runnable` is ours to give away.
    unsafe {
        if header.as_ref().state.cancel() == Next::Schedule {
            (header.as_ref().vtable.schedule_by_ref)(header, crate::Cause::Woken);
        }
    }
}

impl Clone for Reference {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: `self` keeps the cell alive.
        unsafe { Self::new(self.0) }
    }
}

impl Drop for Reference {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the reference is given up, and the cell not used after.
        unsafe { follow(self.0, self.0.as_ref().state.release()) }
    }
}

/// Cancels a task; cannot wait for it. From [`JoinHandle::abort_handle`](crate::JoinHandle::abort_handle).
///
/// It keeps the memory of the task's cell, not its future or its result.
///
/// ```
/// # use plies_task::{Cause, Outcome, Runnable};
/// # #[derive(Clone)] struct Forget;
/// # impl plies_task::Schedule for Forget { fn schedule(&self, _: Runnable, _: Cause) {} }
/// let (runnable, handle) = plies_task::spawn(async {}, Forget);
/// let abort = handle.abort_handle();
/// abort.abort();
/// assert_eq!(runnable.run(), Outcome::Cancelled);
/// assert!(abort.is_finished());
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    reference: Reference,
}

impl AbortHandle {
    #[inline]
    pub(crate) fn new(reference: Reference) -> Self {
        Self { reference }
    }

    /// Cancels the task: its future is dropped by whoever runs it next, or after the poll that is
    /// going on. A task that completes in that poll, or has before, is left as it is.
    ///
    /// Returns before that happens: [`JoinHandle`](crate::JoinHandle) waits for it.
    #[inline]
    pub fn abort(&self) {
        self.reference.cancel();
    }

    /// Has the task ended, its future been dropped?
    #[inline]
    pub fn is_finished(&self) -> bool {
        self.reference.header().state.load().is_complete()
    }

    /// The task's id.
    #[inline]
    pub fn id(&self) -> Id {
        self.reference.header().id
    }
}

// What it reaches is the word and the join slot, which no panic leaves half-changed.
impl core::panic::UnwindSafe for AbortHandle {}
impl core::panic::RefUnwindSafe for AbortHandle {}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle")
            .field("id", &self.id())
            .finish()
    }
}
