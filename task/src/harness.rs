//! What happens to a task of known type: polling, cancelling, completing.

use crate::affinity::Affinity;
use crate::cell::{CellPointer, Stage};
use crate::error::Failure;
use crate::header::{Header, Ran, Vtable, follow};
use crate::mutants::{Mutant, planted};
#[cfg(not(feature = "std"))]
use crate::panics::Payload;
use crate::panics::{catch, contain};
use crate::registry::Link;
use crate::runnable::Outcome;
use crate::state::{AfterPoll, Completion, Snapshot};
use crate::waker::{self, schedule, schedule_by_ref};
use crate::{Registry, Runnable, Schedule};
use alloc::boxed::Box;
use core::cell::Cell;
use core::future::Future;
use core::mem::{ManuallyDrop, needs_drop};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

/// The vtable of a task's types.
pub(crate) struct VtableOf<F, S, M, A>(core::marker::PhantomData<(F, S, M, A)>);

impl<F, S, M, A> VtableOf<F, S, M, A>
where
    F: Future,
    S: Schedule<M>,
    M: Send + Sync + 'static,
    A: Affinity,
{
    pub(crate) const VTABLE: &'static Vtable = &Vtable {
        // SAFETY: the caller keeps the contract that `Vtable` documents, and the header is the
        // front of a cell of these very types, since `spawn` paired them.
        run: |header| unsafe { Self::pointer(header).run() },
        // SAFETY: as for `run`.
        cancel: |header| unsafe { Self::pointer(header).cancel_here() },
        schedule: schedule::<S, M>,
        schedule_by_ref: schedule_by_ref::<S, M>,
        waker: waker::vtable::<S, M>(),
        // SAFETY: as for `run`.
        take_result: |header, to| unsafe { Self::pointer(header).take_result(to.cast()) },
        // SAFETY: as for `run`.
        drop_result: |header| unsafe { Self::pointer(header).drop_result() },
        // SAFETY: as for `run`.
        free: |header| unsafe { Self::pointer(header).free() },
    };

    #[inline]
    fn pointer(header: NonNull<Header>) -> CellPointer<F, S, M, A> {
        CellPointer(header.cast())
    }
}

/// How polling the future ended, with the future dropped unless it is pending.
enum Polled<T> {
    Pending,
    Ready(Result<T, Failure>),
}

// Every method that touches the future or ends the task is for the holder of the `Runnable`, who
// gives it up in the call. References into the cell are short: it may be freed by others as soon
// as the word says so.
impl<F, S, M, A> CellPointer<F, S, M, A>
where
    F: Future,
    S: Schedule<M>,
    M: Send + Sync + 'static,
    A: Affinity,
{
    /// # Safety
    ///
    /// The caller holds the `Runnable`, and gives it up unless the task yielded.
    unsafe fn run(self) -> Ran {
        // SAFETY: (for the whole body) the caller's `Runnable` keeps the cell alive and gives the
        // right to the future, until `park`, `cancel` or `finish` takes it over.
        unsafe {
            if !self.0.as_ref().affinity.is_here() {
                self.abandon();
                return Ran::ForeignThread;
            }
            let header = self.header().as_ref();
            let seen = header.state.before_poll();
            if seen.is_cancelled() || self.is_refused() {
                self.cancel();
                return Ran::Done(Outcome::Cancelled);
            }
            header.polls.tick();
            match self.poll() {
                Polled::Pending => Ran::Done(self.park(seen)),
                Polled::Ready(result) => {
                    let outcome = match &result {
                        Ok(_) => Outcome::Complete,
                        Err(_) => Outcome::Panicked,
                    };
                    self.finish(result);
                    Ran::Done(outcome)
                }
            }
        }
    }

    /// Was the task spawned when its executor had closed its registry already?
    ///
    /// # Safety
    ///
    /// The caller holds the `Runnable`.
    #[inline]
    unsafe fn is_refused(self) -> bool {
        // SAFETY: passed on from the caller.
        unsafe {
            let polls = &self.header().as_ref().polls;
            self.with_registry(|registry| polls.begun() == 0 && registry.is_closed())
                .unwrap_or(false)
        }
    }

    /// Asks the scheduler for its registry. A panic in there cancels the task, and goes on.
    ///
    /// # Safety
    ///
    /// The caller holds the `Runnable`.
    #[inline]
    unsafe fn with_registry<R>(self, ask: impl FnOnce(&Registry<M>) -> R) -> Option<R> {
        // SAFETY: the `Runnable` keeps the cell alive; this one stands in for the caller's, who
        // does not get to use its own if this one is dropped.
        unsafe {
            let runnable = Runnable::<M>::from_header(self.header());
            let answer = self.0.as_ref().scheduled.scheduler.registry().map(ask);
            core::mem::forget(runnable);
            answer
        }
    }

    /// # Safety
    ///
    /// The caller holds the `Runnable`, on a thread that may touch the future.
    #[inline]
    unsafe fn poll(self) -> Polled<F::Output> {
        let mut value = None;
        // Where a panic came from: a future whose destructor panicked is gone.
        let is_dropped = Cell::new(false);
        // Without `std`, nothing catches a panic: this ends the task while it unwinds.
        #[cfg(not(feature = "std"))]
        let unwinding = EndOnUnwind {
            cell: self,
            is_dropped: &is_dropped,
        };
        let polled = catch(|| {
            // SAFETY: the `Runnable` gives the only access to the stage, which holds the future;
            // the future stays in its cell, so it is pinned; the waker borrows the cell, which
            // outlives the poll.
            unsafe {
                let waker = waker::borrowed(self.header());
                let mut cx = Context::from_waker(&waker);
                let poll = self.with_future(|future| Pin::new_unchecked(future).poll(&mut cx));
                if let Poll::Ready(ready) = poll {
                    value = Some(ready);
                    is_dropped.set(true);
                    self.drop_future_in_place();
                }
            }
        });
        #[cfg(not(feature = "std"))]
        core::mem::forget(unwinding);
        match (polled, value) {
            (Ok(()), None) => Polled::Pending,
            (Ok(()), Some(value)) => Polled::Ready(Ok(value)),
            (Err(payload), value) => {
                contain(|| drop(value));
                if !is_dropped.get() {
                    // SAFETY: the poll panicked, so the future is there, and the caller's.
                    contain(|| unsafe { self.drop_future_in_place() });
                }
                Polled::Ready(Err(Failure::Panicked(Box::new(payload))))
            }
        }
    }

    /// Ends a poll that returned `Pending`.
    ///
    /// # Safety
    ///
    /// The caller holds the `Runnable`, and gives it up unless the task yielded.
    #[inline]
    unsafe fn park(self, seen: Snapshot) -> Outcome {
        // SAFETY: (for the whole body) the `Runnable` keeps the cell alive until the word says
        // otherwise; only its holder registers the task.
        unsafe {
            if !self.enter_registry() {
                self.cancel();
                return Outcome::Cancelled;
            }
            let header = self.header().as_ref();
            header.polls.tick();
            match header.state.after_poll(seen) {
                AfterPoll::Idle => Outcome::Pending,
                AfterPoll::Woken => Outcome::Yielded,
                AfterPoll::Cancelled => {
                    self.cancel();
                    Outcome::Cancelled
                }
            }
        }
    }

    /// Enters the registry after the first poll; `false` if it is closed.
    ///
    /// # Safety
    ///
    /// The caller holds the `Runnable`.
    #[inline]
    unsafe fn enter_registry(self) -> bool {
        // SAFETY: passed on from the caller. The registry is borrowed from the scheduler in the
        // cell, which is neither moved nor dropped before `finish` unlinks.
        unsafe {
            let header = self.header().as_ref();
            self.with_registry(|registry| {
                // The count wraps around, the link does not.
                header.polls.begun() > 1
                    || header.link.is_listed()
                    || registry.insert(self.header())
            })
            .unwrap_or(true)
        }
    }

    /// [`cancel`](Self::cancel) for a caller that may be on a foreign thread: `false` if so.
    ///
    /// # Safety
    ///
    /// The caller holds the `Runnable`, and gives it up.
    unsafe fn cancel_here(self) -> bool {
        // SAFETY: passed on from the caller.
        unsafe {
            let is_here = self.0.as_ref().affinity.is_here();
            if is_here {
                self.cancel()
            } else {
                self.abandon()
            }
            is_here
        }
    }

    /// Drops the future and completes the task as cancelled.
    ///
    /// # Safety
    ///
    /// The caller holds the `Runnable`, and gives it up, on a thread that may touch the future.
    unsafe fn cancel(self) {
        // SAFETY: the caller has the right to the future, which it has not dropped.
        let dropped = catch(|| unsafe { self.drop_future_in_place() });
        let failure = match dropped {
            Ok(()) => Failure::Cancelled,
            Err(payload) => Failure::Panicked(Box::new(payload)),
        };
        // SAFETY: passed on from the caller; the future is gone.
        unsafe { self.finish(Err(failure)) }
    }

    /// Completes the task as cancelled, its future leaked: on a foreign thread, it cannot be
    /// dropped.
    ///
    /// # Safety
    ///
    /// The caller holds the `Runnable`, and gives it up.
    #[cold]
    unsafe fn abandon(self) {
        // SAFETY: passed on from the caller; nobody will touch the future any more.
        unsafe { self.finish(Err(Failure::Cancelled)) }
    }

    /// Stores the result, marks the task complete, and tells the joiner.
    ///
    /// # Safety
    ///
    /// The caller holds the `Runnable`, and gives it up; the future is gone.
    unsafe fn finish(self, result: Result<F::Output, Failure>) {
        // SAFETY: (for the whole body) the `Runnable` keeps the cell alive and owns the stage,
        // until `complete` says who takes over what.
        unsafe {
            let header = self.header().as_ref();
            if !planted(Mutant::RegistryForgetsToUnlink) {
                Link::leave(self.header());
            }
            self.with_stage(|stage| (*stage).result = ManuallyDrop::new(result));
            let mut result_dropped = false;
            loop {
                match header.state.complete(result_dropped) {
                    Completion::Nobody => return,
                    Completion::WakeJoiner => return self.wake_joiner(),
                    Completion::Free => return self.free(),
                    Completion::DropResult => {
                        contain(|| self.drop_result());
                        result_dropped = true;
                    }
                }
            }
        }
    }

    /// # Safety
    ///
    /// `complete` has given the caller the join slot, and one reference.
    unsafe fn wake_joiner(self) {
        // SAFETY: the slot holds a waker, which is moved out once; the reference keeps the cell
        // alive until it is released.
        unsafe {
            let header = self.header().as_ref();
            let waker = header
                .join_waker
                .with_mut(|slot| (*slot).assume_init_read());
            contain(|| waker.wake());
            follow(self.header(), header.state.release());
        }
    }

    /// # Safety
    ///
    /// The result is there and the caller's, and will not be used in place again.
    #[inline]
    unsafe fn take_result(self, to: *mut Result<F::Output, Failure>) {
        // SAFETY: passed on from the caller; `to` has room for it.
        unsafe { self.with_stage(|stage| to.write(ManuallyDrop::take(&mut (*stage).result))) }
    }

    /// # Safety
    ///
    /// As [`take_result`](Self::take_result).
    #[inline]
    unsafe fn drop_result(self) {
        // SAFETY: passed on from the caller.
        unsafe { self.with_stage(|stage| ManuallyDrop::drop(&mut (*stage).result)) }
    }

    /// # Safety
    ///
    /// The future is there and the caller's, and will not be used again.
    #[inline]
    unsafe fn drop_future_in_place(self) {
        if needs_drop::<F>() {
            // SAFETY: passed on from the caller.
            unsafe { self.with_stage(|stage| ManuallyDrop::drop(&mut (*stage).future)) }
        }
    }

    /// # Safety
    ///
    /// The future is there and the caller's.
    #[inline]
    unsafe fn with_future<R>(self, access: impl FnOnce(&mut F) -> R) -> R {
        // SAFETY: passed on from the caller.
        unsafe { self.with_stage(|stage| access(&mut (*stage).future)) }
    }

    /// # Safety
    ///
    /// The stage is the caller's alone.
    #[inline]
    unsafe fn with_stage<R>(self, access: impl FnOnce(*mut Stage<F>) -> R) -> R {
        // SAFETY: whoever owns the stage keeps the cell alive.
        unsafe { self.0.as_ref().stage.with_mut(access) }
    }
}

/// Completes a task whose poll unwinds out of `run`.
#[cfg(not(feature = "std"))]
struct EndOnUnwind<'a, F, S, M, A>
where
    F: Future,
    S: Schedule<M>,
    M: Send + Sync + 'static,
    A: Affinity,
{
    cell: CellPointer<F, S, M, A>,
    is_dropped: &'a Cell<bool>,
}

#[cfg(not(feature = "std"))]
impl<F, S, M, A> Drop for EndOnUnwind<'_, F, S, M, A>
where
    F: Future,
    S: Schedule<M>,
    M: Send + Sync + 'static,
    A: Affinity,
{
    fn drop(&mut self) {
        let payload: Payload = Box::new("its panic unwound through `Runnable::run`");
        // SAFETY: `run` still holds the `Runnable` and does not go on, and whether it has dropped
        // the future, or begun to, is in `is_dropped`.
        unsafe {
            if !self.is_dropped.get() {
                self.cell.drop_future_in_place();
            }
            self.cell.finish(Err(Failure::Panicked(Box::new(payload))));
        }
    }
}
