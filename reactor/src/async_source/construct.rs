//! How a source becomes an `Async`: by its descriptor, or as a mio source.

use std::io;

use super::Async;
#[cfg(any(unix, test, plies_loom, plies_shuttle))]
use crate::context;
use crate::handle::Handle;
use crate::interest::Interest;
#[cfg(any(unix, test, plies_loom, plies_shuttle))]
use crate::sys::AsFd;
use crate::sys::{self, SourceKind};

#[cfg(any(unix, test, plies_loom, plies_shuttle))]
impl<S: AsFd> Async<S> {
    /// Takes a source that is in non-blocking mode already, as mio's are; interested in reading
    /// and writing.
    ///
    /// # Errors
    ///
    /// None today: errors come from the operation that first has to wait.
    pub fn new(source: S) -> io::Result<Self> {
        Self::with_interest(source, Interest::READABLE | Interest::WRITABLE)
    }

    /// The same, for a source that is waited for in other ways than reading and writing.
    ///
    /// # Errors
    ///
    /// None today: errors come from the operation that first has to wait.
    pub fn with_interest(source: S, interest: Interest) -> io::Result<Self> {
        Ok(Self::build(
            source,
            SourceKind::descriptor(),
            interest,
            context::current(),
        ))
    }

    /// The same as [`new`](Async::new), to be registered with `handle` on threads that have no
    /// current reactor.
    ///
    /// # Errors
    ///
    /// None today: errors come from the operation that first has to wait.
    pub fn with_handle(source: S, handle: &Handle) -> io::Result<Self> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        Ok(Self::build(
            source,
            SourceKind::descriptor(),
            interest,
            Some(handle.clone()),
        ))
    }

    /// Takes any source, and puts it into non-blocking mode: for std's sockets and raw
    /// descriptors.
    ///
    /// # Errors
    ///
    /// What the system says if the descriptor is not open.
    pub fn nonblocking(source: S) -> io::Result<Self> {
        sys::set_nonblocking(source.as_fd())?;
        Self::new(source)
    }
}

#[cfg(not(any(test, plies_loom, plies_shuttle)))]
impl<S: mio::event::Source> Async<S> {
    /// Takes a mio source that is more, or less, than a descriptor, and registers it at once with
    /// `handle`. It cannot move to another reactor.
    ///
    /// # Errors
    ///
    /// What [`mio::event::Source::register`] says, or that the reactor is gone.
    pub fn from_source(source: S, interest: Interest, handle: &Handle) -> io::Result<Self> {
        let kind = SourceKind::exclusive();
        let mut this = Self::build(source, kind, interest, Some(handle.clone()));
        let source = this.source.as_mut().expect("just built");
        this.registration
            .register_with(handle.clone(), &mut |registrar, token| {
                sys::attach_exclusive(source, registrar, token, interest)
            })?;
        Ok(this)
    }
}

/// On systems without descriptors, a source is registered when it is made.
#[cfg(not(any(unix, test, plies_loom, plies_shuttle)))]
impl<S: mio::event::Source> Async<S> {
    /// Takes a mio source, interested in reading and writing, and registers it with the current
    /// reactor.
    ///
    /// # Errors
    ///
    /// What [`mio::event::Source::register`] says, or that there is no current reactor.
    pub fn new(source: S) -> io::Result<Self> {
        Self::with_handle(source, &Handle::try_current()?)
    }

    /// The same, with the reactor of `handle`.
    ///
    /// # Errors
    ///
    /// What [`mio::event::Source::register`] says, or that the reactor is gone.
    pub fn with_handle(source: S, handle: &Handle) -> io::Result<Self> {
        Self::from_source(source, Interest::READABLE | Interest::WRITABLE, handle)
    }
}
