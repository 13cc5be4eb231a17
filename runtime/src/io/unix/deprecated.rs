//! Constructors kept for programs written before `AsyncFd::register`.

use std::io;
use std::os::fd::AsRawFd;

use super::{AsyncFd, AsyncFdRegisterError};
use crate::io::Interest;

/// tokio's constructors from before `register`, which cannot hold its contract.
impl<T: AsRawFd> AsyncFd<T> {
    /// As [`register`](Self::register), without its contract.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[deprecated = "nothing makes sure that the descriptor stays open: use `AsyncFd::register`"]
    #[track_caller]
    pub fn new(inner: T) -> io::Result<Self> {
        // SAFETY: not held by the signature, as in tokio, which is why this is deprecated. A
        // descriptor that is closed early gives errors or another file's readiness: the reactor
        // only ever passes its number to the system.
        unsafe { Ok(Self::register(inner)?) }
    }

    /// As [`register_with_interest`](Self::register_with_interest), without its contract.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[deprecated = "nothing makes sure that the descriptor stays open: use `AsyncFd::register_with_interest`"]
    #[track_caller]
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        // SAFETY: as in `new`.
        unsafe { Ok(Self::register_with_interest(inner, interest)?) }
    }

    /// As [`register`](Self::register), without its contract.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[deprecated = "nothing makes sure that the descriptor stays open: use `AsyncFd::register`"]
    #[track_caller]
    pub fn try_new(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: as in `new`.
        unsafe { Self::register(inner) }
    }

    /// As [`register_with_interest`](Self::register_with_interest), without its contract.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[deprecated = "nothing makes sure that the descriptor stays open: use `AsyncFd::register_with_interest`"]
    #[track_caller]
    pub fn try_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: as in `new`.
        unsafe { Self::register_with_interest(inner, interest) }
    }
}
