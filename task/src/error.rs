//! Why a task did not return a value.

use crate::Id;
use crate::panics::Payload;
use alloc::boxed::Box;
use alloc::string::String;
use core::any::Any;
use core::fmt;

/// How a task failed, as its cell stores it: one pointer, so that results stay small.
pub(crate) enum Failure {
    Cancelled,
    Panicked(Box<Payload>),
}

/// A task ended without a value: it was cancelled, or it panicked.
///
/// ```
/// # use plies_task::{Cause, Runnable};
/// # #[derive(Clone)] struct Drop;
/// # impl plies_task::Schedule for Drop { fn schedule(&self, _: Runnable, _: Cause) {} }
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// # #[cfg(feature = "std")] {
/// let (runnable, handle) = plies_task::spawn(async { panic!("out of cheese") }, Drop);
/// runnable.run();
/// let mut cx = Context::from_waker(Waker::noop());
/// let Poll::Ready(Err::<(), _>(error)) = pin!(handle).poll(&mut cx) else { unreachable!() };
/// assert!(error.to_string().ends_with("panicked: out of cheese"));
/// assert_eq!(error.into_panic().downcast_ref(), Some(&"out of cheese"));
/// # }
/// ```
pub struct JoinError {
    id: Id,
    failure: Failure,
}

// SAFETY: the payload is `Send` only, and is given out by value only; what `Display` and `Debug`
// reach through a shared reference is its type and, if it is a string, its text: both `Sync`.
unsafe impl Sync for JoinError {}

impl JoinError {
    pub(crate) fn new(id: Id, failure: Failure) -> Self {
        Self { id, failure }
    }

    /// Was the task cancelled: aborted, or dropped by its executor?
    pub fn is_cancelled(&self) -> bool {
        matches!(self.failure, Failure::Cancelled)
    }

    /// Did the task panic?
    pub fn is_panic(&self) -> bool {
        matches!(self.failure, Failure::Panicked(_))
    }

    /// The task this is about.
    pub fn id(&self) -> Id {
        self.id
    }

    /// What the panic carried, for [`std::panic::resume_unwind`] or a downcast.
    ///
    /// # Panics
    ///
    /// If the task was cancelled: [`try_into_panic`](Self::try_into_panic) does not.
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            Err(error) => panic!("{error}, it did not panic: ask `is_panic` before `into_panic`"),
        }
    }

    /// What the panic carried.
    ///
    /// # Errors
    ///
    /// The error itself, if the task was cancelled.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send + 'static>, JoinError> {
        match self.failure {
            Failure::Panicked(payload) => Ok(*payload),
            Failure::Cancelled => Err(self),
        }
    }

    fn panic_message(&self) -> Option<&str> {
        let Failure::Panicked(payload) = &self.failure else {
            return None;
        };
        let text = payload.downcast_ref::<&'static str>().copied();
        text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.failure, self.panic_message()) {
            (Failure::Cancelled, _) => write!(f, "task {} was cancelled", self.id),
            (_, Some(message)) => write!(f, "task {} panicked: {message}", self.id),
            (_, None) => write!(f, "task {} panicked", self.id),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.failure, self.panic_message()) {
            (Failure::Cancelled, _) => write!(f, "JoinError::Cancelled({:?})", self.id),
            (_, Some(message)) => write!(f, "JoinError::Panic({:?}, {message:?})", self.id),
            (_, None) => write!(f, "JoinError::Panic({:?}, ...)", self.id),
        }
    }
}

impl core::error::Error for JoinError {}

/// So that `?` takes both errors of a task that does I/O: `handle.await??`.
#[cfg(feature = "std")]
impl From<JoinError> for std::io::Error {
    fn from(error: JoinError) -> Self {
        Self::other(error)
    }
}
