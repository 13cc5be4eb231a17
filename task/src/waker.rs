//! The waker of a task. Its vtable depends on the scheduler and the metadata, not on the future.

use crate::cell::Scheduled;
use crate::header::{Header, follow};
use crate::mutants::{Mutant, planted};
use crate::state::Next;
use crate::{Cause, Runnable, Schedule};
use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use core::task::{RawWaker, RawWakerVTable, Waker};

/// The vtable of wakers of tasks with this scheduler and metadata.
pub(crate) const fn vtable<S, M>() -> RawWakerVTable
where
    S: Schedule<M>,
    M: Send + Sync + 'static,
{
    RawWakerVTable::new(clone, wake::<S, M>, wake_by_ref::<S, M>, drop)
}

/// A waker that borrows the cell: it counts no reference, and must not be dropped.
///
/// The vtable is always the one in the cell, never named anew: the compiler may make several of
/// one constant, and wakers of one task must have equal ones for [`Waker::will_wake`].
///
/// # Safety
///
/// The cell outlives the result.
#[inline]
pub(crate) unsafe fn borrowed(header: NonNull<Header>) -> ManuallyDrop<Waker> {
    // SAFETY: the vtable's functions keep the contract of `RawWakerVTable` for a pointer to the
    // header of its own cell; they may be called from any thread.
    unsafe {
        let vtable = &header.as_ref().vtable.waker;
        ManuallyDrop::new(Waker::new(header.as_ptr().cast(), vtable))
    }
}

/// The header behind a waker's data pointer.
///
/// # Safety
///
/// `data` is from a waker of [`borrowed`], or a clone of one.
unsafe fn header(data: *const ()) -> NonNull<Header> {
    // SAFETY: it was made from a `NonNull`.
    unsafe { NonNull::new_unchecked(data.cast_mut().cast()) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker that is cloned keeps the cell alive.
    unsafe {
        let header = header(data).as_ref();
        header.state.retain();
        RawWaker::new(data, &header.vtable.waker)
    }
}

unsafe fn wake<S, M>(data: *const ())
where
    S: Schedule<M>,
    M: Send + Sync + 'static,
{
    // SAFETY: the waker's reference keeps the cell alive up to the change of the word, which
    // gives it up; what comes after is the caller's by what the change returned.
    unsafe {
        let header = header(data);
        match header.as_ref().state.wake() {
            Next::Schedule => schedule::<S, M>(header, Cause::Woken),
            next => follow(header, next),
        }
    }
}

unsafe fn wake_by_ref<S, M>(data: *const ())
where
    S: Schedule<M>,
    M: Send + Sync + 'static,
{
    // SAFETY: the caller's waker keeps the cell alive for the whole call.
    unsafe {
        let header = header(data);
        if header.as_ref().state.wake_by_ref() == Next::Schedule {
            schedule_by_ref::<S, M>(header, Cause::Woken);
        }
    }
}

unsafe fn drop(data: *const ()) {
    // SAFETY: the waker's reference keeps the cell alive up to the release.
    unsafe {
        let header = header(data);
        follow(header, header.as_ref().state.release());
    }
}

/// Hands the task to its scheduler, detached from the cell: that, and the scheduler in it, may be
/// gone before the call returns.
///
/// # Safety
///
/// The caller holds the `Runnable` and gives it up; the cell is one of these types.
#[inline]
pub(crate) unsafe fn schedule<S, M>(header: NonNull<Header>, cause: Cause)
where
    S: Schedule<M>,
    M: Send + Sync + 'static,
{
    if planted(Mutant::SchedulerBorrowedFromTheCell) {
        // SAFETY: none: this is the mistake the models must catch.
        return unsafe { schedule_by_ref::<S, M>(header, cause) };
    }
    // SAFETY: the caller gives up the `Runnable`, which keeps the cell alive while the scheduler
    // is borrowed. It exists before that, so that a panic in there cancels the task.
    unsafe {
        let runnable = Runnable::from_header(header);
        let schedule = header
            .cast::<Scheduled<S, M>>()
            .as_ref()
            .scheduler
            .detached();
        schedule(runnable, cause);
    }
}

/// Hands the task to its scheduler, through the scheduler in the cell.
///
/// # Safety
///
/// As [`schedule`], and the caller holds a reference for the whole call.
#[inline]
pub(crate) unsafe fn schedule_by_ref<S, M>(header: NonNull<Header>, cause: Cause)
where
    S: Schedule<M>,
    M: Send + Sync + 'static,
{
    // SAFETY: the caller gives up the `Runnable`; its reference keeps the cell alive.
    unsafe {
        let runnable = Runnable::from_header(header);
        header
            .cast::<Scheduled<S, M>>()
            .as_ref()
            .scheduler
            .schedule(runnable, cause);
    }
}
