//! A join handle that takes its task with it.

use crate::{AbortHandle, Id, JoinError, JoinHandle};
use core::future::Future;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Awaits a task's result; dropping it cancels the task. From [`JoinHandle::abort_on_drop`].
///
/// Dropping asks for the cancellation and does not wait for it. [`cancel`](Self::cancel) does:
///
/// ```
/// # use plies_task::{Cause, Runnable};
/// # #[derive(Clone)] struct Forget;
/// # impl plies_task::Schedule for Forget { fn schedule(&self, _: Runnable, _: Cause) {} }
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// let (runnable, handle) = plies_task::spawn(std::future::pending::<()>(), Forget);
/// let mut ended = pin!(handle.abort_on_drop().cancel());
/// let mut cx = Context::from_waker(Waker::noop());
/// assert!(ended.as_mut().poll(&mut cx).is_pending());
/// runnable.run(); // drops the future
/// let Poll::Ready(result) = ended.poll(&mut cx) else { unreachable!() };
/// assert!(result.unwrap_err().is_cancelled());
/// ```
#[derive(Debug)]
#[must_use = "dropping an AbortOnDrop cancels its task"]
pub struct AbortOnDrop<T> {
    handle: JoinHandle<T>,
}

impl<T> AbortOnDrop<T> {
    pub(crate) fn new(handle: JoinHandle<T>) -> Self {
        Self { handle }
    }

    /// Cancels the task now. The handle returned resolves once its future has been dropped.
    pub fn cancel(self) -> JoinHandle<T> {
        self.handle.abort();
        self.detach()
    }

    /// Gives up the right to cancel: the task goes on when the handle returned is dropped.
    pub fn detach(self) -> JoinHandle<T> {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is not used or dropped any more.
        unsafe { core::ptr::read(&this.handle) }
    }

    /// Has the task ended?
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// A handle that can cancel the task, and nothing else.
    pub fn abort_handle(&self) -> AbortHandle {
        self.handle.abort_handle()
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        self.handle.id()
    }
}

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.handle).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.handle.abort();
    }
}
