//! The end of a task that awaits its result.

use crate::error::Failure;
use crate::handle::{Reference, cancel};
use crate::header::{Header, follow};
use crate::mutants::{Mutant, planted};
use crate::{AbortHandle, AbortOnDrop, Id, JoinError};
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, RawWakerVTable, Waker};

/// Awaits a task's result; dropping it detaches the task, which goes on.
///
/// The result arrives after the future has been dropped. Awaiting is cancel safe: a handle that
/// is polled and put aside loses nothing. It must not be polled again once it has returned the
/// result.
///
/// # Errors
///
/// [`JoinError`] if the task panicked or was cancelled.
///
/// ```
/// # use plies_task::{Cause, Runnable};
/// # #[derive(Clone)] struct Forget;
/// # impl plies_task::Schedule for Forget { fn schedule(&self, _: Runnable, _: Cause) {} }
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// let (runnable, handle) = plies_task::spawn(async { 1 + 1 }, Forget);
/// let mut handle = pin!(handle);
/// let mut cx = Context::from_waker(Waker::noop());
/// assert!(handle.as_mut().poll(&mut cx).is_pending());
/// runnable.run();
/// let Poll::Ready(result) = handle.as_mut().poll(&mut cx) else { unreachable!() };
/// assert_eq!(result.unwrap(), 2);
/// ```
pub struct JoinHandle<T> {
    /// Counted once, by this handle.
    header: NonNull<Header>,
    slot: Slot,
    result: PhantomData<T>,
}

// SAFETY: through it, a thread gets at the result, which is `Send`, and at the header, whose parts
// are for any thread or say who may touch them.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: a shared handle only aborts and looks at the word; the result needs `&mut`.
unsafe impl<T: Send> Sync for JoinHandle<T> {}

impl<T> Unpin for JoinHandle<T> {}
impl<T> core::panic::UnwindSafe for JoinHandle<T> {}
impl<T> core::panic::RefUnwindSafe for JoinHandle<T> {}

/// What the handle has put into the join slot of its task.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    Empty,
    /// A waker with these parts, which stays there until the handle takes it back or the task
    /// completes. Comparing with it needs no access to the slot.
    Holds(*const (), *const RawWakerVTable),
    /// The result has been taken.
    Done,
}

impl<T> JoinHandle<T> {
    /// The handle of a fresh task.
    ///
    /// # Safety
    ///
    /// The word counts one reference and has join interest, both for this handle; the results of
    /// the task are `Result<T, Failure>`.
    #[inline]
    pub(crate) unsafe fn new(header: NonNull<Header>) -> Self {
        Self {
            header,
            slot: Slot::Empty,
            result: PhantomData,
        }
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: the handle's reference keeps the cell alive.
        unsafe { self.header.as_ref() }
    }

    /// Cancels the task, as [`AbortHandle::abort`] does. Await the handle to know that its future
    /// has been dropped.
    #[inline]
    pub fn abort(&self) {
        // SAFETY: the handle's reference outlives the call.
        unsafe { cancel(self.header) }
    }

    /// Has the task ended? If so, awaiting it returns at once.
    #[inline]
    pub fn is_finished(&self) -> bool {
        self.header().state.load().is_complete()
    }

    /// A handle that can cancel the task, and nothing else.
    #[inline]
    pub fn abort_handle(&self) -> AbortHandle {
        // SAFETY: the handle's reference keeps the cell alive.
        AbortHandle::new(unsafe { Reference::new(self.header) })
    }

    /// The task's id.
    #[inline]
    pub fn id(&self) -> Id {
        self.header().id
    }

    /// Drops the handle and lets the task go on: says in words what dropping does.
    #[inline]
    pub fn detach(self) {}

    /// A handle that cancels the task when it is dropped.
    pub fn abort_on_drop(self) -> AbortOnDrop<T> {
        AbortOnDrop::new(self)
    }

    #[inline]
    fn take_result(&mut self) -> Result<T, JoinError> {
        self.slot = Slot::Done;
        let mut result = MaybeUninit::<Result<T, Failure>>::uninit();
        // SAFETY: the task is complete and had join interest: the result is there, is this
        // handle's, and `slot` remembers that it is taken. Its type is as `new` was promised.
        let result = unsafe {
            (self.header().vtable.take_result)(self.header, result.as_mut_ptr().cast());
            result.assume_init()
        };
        result.map_err(|failure| JoinError::new(self.id(), failure))
    }

    /// Leaves `waker` for whoever completes the task; `false` if it is complete already.
    #[inline]
    fn register(&mut self, waker: Waker) -> bool {
        let parts = Slot::Holds(waker.data(), waker.vtable());
        let mut old = None;
        if self.slot != Slot::Empty {
            if !planted(Mutant::JoinReplacesInPlace)
                && self.header().state.unset_join_waker().is_err()
            {
                return false;
            }
            // SAFETY: the slot has just been taken back, with the waker in it.
            old = Some(unsafe { self.take_waker() });
            self.slot = Slot::Empty;
        }
        // SAFETY: without `JOIN_WAKER` the slot is the handle's.
        self.header()
            .join_waker
            .with_mut(|slot| unsafe { (*slot).write(waker) });
        let registered = self.header().state.set_join_waker().is_ok();
        if registered {
            self.slot = parts;
        } else {
            // SAFETY: the waker just written has not been given away.
            old = Some(unsafe { self.take_waker() });
        }
        drop(old);
        registered
    }

    /// # Safety
    ///
    /// The slot is the handle's, and holds a waker.
    #[inline]
    unsafe fn take_waker(&self) -> Waker {
        // SAFETY: passed on from the caller.
        self.header()
            .join_waker
            .with_mut(|slot| unsafe { (*slot).assume_init_read() })
    }

    /// Drops the result in place.
    #[inline]
    fn drop_result(&mut self) {
        self.slot = Slot::Done;
        // SAFETY: as in `take_result`.
        unsafe { (self.header().vtable.drop_result)(self.header) }
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(
            self.slot != Slot::Done,
            "a JoinHandle is polled after it returned its result: use `fuse`, or drop it"
        );
        if self.is_finished() {
            return Poll::Ready(self.take_result());
        }
        if self.slot == Slot::Holds(cx.waker().data(), cx.waker().vtable()) {
            return Poll::Pending;
        }
        match self.register(cx.waker().clone()) {
            true => Poll::Pending,
            false => Poll::Ready(self.take_result()),
        }
    }
}

impl<T> Drop for JoinHandle<T> {
    #[inline]
    fn drop(&mut self) {
        /// Gives up the reference, also when a destructor of the user panics.
        struct Release(NonNull<Header>);
        impl Drop for Release {
            #[inline]
            fn drop(&mut self) {
                // SAFETY: the handle's reference is given up here, and the cell not used after.
                unsafe { follow(self.0, self.0.as_ref().state.release()) }
            }
        }

        if self.slot == Slot::Empty
            && let Ok(next) = self.header().state.detach()
        {
            // SAFETY: `detach` has given up the handle's reference; the cell is not used after.
            return unsafe { follow(self.header, next) };
        }
        let _release = Release(self.header);
        match self.slot {
            Slot::Done => {}
            Slot::Holds(..) if self.header().state.unset_join_interest().is_ok() => {
                // SAFETY: the slot has just been taken back, with the waker in it.
                drop(unsafe { self.take_waker() });
            }
            _ => self.drop_result(),
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("id", &self.id())
            .finish()
    }
}
