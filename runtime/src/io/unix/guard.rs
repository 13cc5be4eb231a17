//! Guards over observed readiness, which can be taken back.

use std::{fmt, io};

use std::os::fd::AsRawFd;

use plies_reactor::ReadyEvent;

use super::{AsyncFd, TryIoError};
use crate::io::Ready;

/// Readiness as it was observed, less what has been taken back since.
#[derive(Clone, Copy)]
pub(super) struct Observed {
    event: ReadyEvent,
    ready: Ready,
}

impl From<ReadyEvent> for Observed {
    fn from(event: ReadyEvent) -> Self {
        let ready = event.ready();
        Self { event, ready }
    }
}

/// The readiness of an [`AsyncFd`] as it was observed.
///
/// It stays until it is taken back, by [`try_io`](Self::try_io) or
/// [`clear_ready`](Self::clear_ready). Neither has an effect on events that arrived after the guard
/// was made, so none is lost.
#[must_use = "readiness stays until it is taken back: call a method of the guard"]
pub struct AsyncFdReadyGuard<'a, T: AsRawFd> {
    async_fd: &'a AsyncFd<T>,
    observed: Observed,
}

/// As [`AsyncFdReadyGuard`], with exclusive access to the [`AsyncFd`].
#[must_use = "readiness stays until it is taken back: call a method of the guard"]
pub struct AsyncFdReadyMutGuard<'a, T: AsRawFd> {
    async_fd: &'a mut AsyncFd<T>,
    observed: Observed,
}

/// What both guards have.
macro_rules! guard {
    ($guard:ident) => {
        impl<T: AsRawFd> $guard<'_, T> {
            /// Takes back all the readiness that was observed, except that a direction is closed.
            ///
            /// Call it only after an operation returned
            /// [`WouldBlock`](io::ErrorKind::WouldBlock): otherwise the next wait misses what is
            /// there already.
            pub fn clear_ready(&mut self) {
                self.clear_ready_matching(self.observed.ready);
            }

            /// As [`clear_ready`](Self::clear_ready), of one part of the readiness only.
            pub fn clear_ready_matching(&mut self, ready: Ready) {
                self.async_fd.io.clear_ready(self.observed.event, ready);
                self.observed.ready = self.observed.ready - ready;
            }

            /// Takes nothing back: the next wait ends at once. It says so where the guard is
            /// dropped on purpose.
            pub fn retain_ready(&mut self) {}

            /// What was observed, less what this guard has taken back.
            pub fn ready(&self) -> Ready {
                self.observed.ready
            }

            fn or_clear<R>(&mut self, result: io::Result<R>) -> Result<io::Result<R>, TryIoError> {
                match result {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        self.clear_ready();
                        Err(TryIoError(()))
                    }
                    result => Ok(result),
                }
            }
        }

        impl<T: fmt::Debug + AsRawFd> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($guard))
                    .field("async_fd", &self.async_fd)
                    .field("ready", &self.observed.ready)
                    .finish()
            }
        }
    };
}

guard!(AsyncFdReadyGuard);
guard!(AsyncFdReadyMutGuard);

impl<'a, T: AsRawFd> AsyncFdReadyGuard<'a, T> {
    pub(super) fn new(async_fd: &'a AsyncFd<T>, event: ReadyEvent) -> Self {
        let observed = event.into();
        Self { async_fd, observed }
    }

    /// Runs `operation`, and takes the readiness back if it would block.
    ///
    /// # Errors
    ///
    /// [`TryIoError`] if it would block; everything else that it returns is in the `Ok`.
    pub fn try_io<R>(
        &mut self,
        operation: impl FnOnce(&'a AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        let result = operation(self.async_fd);
        self.or_clear(result)
    }

    /// The `AsyncFd` that is ready.
    #[must_use]
    pub fn get_ref(&self) -> &'a AsyncFd<T> {
        self.async_fd
    }

    /// What the `AsyncFd` was made of.
    #[must_use]
    pub fn get_inner(&self) -> &'a T {
        self.async_fd.get_ref()
    }
}

impl<'a, T: AsRawFd> AsyncFdReadyMutGuard<'a, T> {
    pub(super) fn new(async_fd: &'a mut AsyncFd<T>, event: ReadyEvent) -> Self {
        let observed = event.into();
        Self { async_fd, observed }
    }

    /// Runs `operation`, and takes the readiness back if it would block.
    ///
    /// # Errors
    ///
    /// [`TryIoError`] if it would block; everything else that it returns is in the `Ok`.
    pub fn try_io<R>(
        &mut self,
        operation: impl FnOnce(&mut AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        let result = operation(self.async_fd);
        self.or_clear(result)
    }

    /// The `AsyncFd` that is ready.
    #[must_use]
    pub fn get_ref(&self) -> &AsyncFd<T> {
        self.async_fd
    }

    /// The `AsyncFd` that is ready, exclusively.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut AsyncFd<T> {
        self.async_fd
    }

    /// What the `AsyncFd` was made of.
    #[must_use]
    pub fn get_inner(&self) -> &T {
        self.async_fd.get_ref()
    }

    /// What the `AsyncFd` was made of, exclusively.
    #[must_use]
    pub fn get_inner_mut(&mut self) -> &mut T {
        self.async_fd.get_mut()
    }
}
