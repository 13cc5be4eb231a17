//! How a source is registered: by its descriptor, whenever that is, or as a mio source, once.

use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use super::selector::{Registrar, interests};
use crate::interest::Interest;
use crate::registration::slots::Token;

/// The two ways to register an `S`.
#[derive(Debug)]
pub(crate) enum SourceKind<S> {
    /// By descriptor: through a shared reference, at any time, any number of times.
    #[cfg(unix)]
    Descriptor(fn(&S) -> RawFd),
    /// As a mio source: through an exclusive reference, so only before it is shared.
    Exclusive(fn(&mut S, &mio::Registry) -> io::Result<()>),
}

impl<S> Clone for SourceKind<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for SourceKind<S> {}

#[cfg(unix)]
impl<S: AsFd> SourceKind<S> {
    pub(crate) fn descriptor() -> Self {
        SourceKind::Descriptor(|source| source.as_fd().as_raw_fd())
    }
}

impl<S: mio::event::Source> SourceKind<S> {
    pub(crate) fn exclusive() -> Self {
        SourceKind::Exclusive(|source, registry| registry.deregister(source))
    }
}

impl<S> SourceKind<S> {
    /// Whether `attach` can work: elsewhere it is registered when it is made, and stays.
    pub(crate) fn is_movable(self) -> bool {
        !matches!(self, SourceKind::Exclusive(_))
    }

    pub(crate) fn attach(
        self,
        source: &S,
        registrar: &Registrar,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            SourceKind::Descriptor(fd) => registrar.registry.register(
                &mut mio::unix::SourceFd(&fd(source)),
                mio::Token(token.0),
                interests(interest),
            ),
            SourceKind::Exclusive(_) => {
                let _ = (source, registrar, token, interest);
                Err(io::ErrorKind::Unsupported.into())
            }
        }
    }

    /// Undoes `attach` of a movable source.
    pub(crate) fn detach(self, source: &S, registrar: &Registrar) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            SourceKind::Descriptor(fd) => registrar
                .registry
                .deregister(&mut mio::unix::SourceFd(&fd(source))),
            SourceKind::Exclusive(_) => {
                let _ = (source, registrar);
                Err(io::ErrorKind::Unsupported.into())
            }
        }
    }

    /// Makes `source` unknown to the selector, for good.
    pub(crate) fn detach_last(self, source: &mut S, registrar: &Registrar) -> io::Result<()> {
        match self {
            SourceKind::Exclusive(deregister) => deregister(source, &registrar.registry),
            #[cfg(unix)]
            SourceKind::Descriptor(_) => self.detach(source, registrar),
        }
    }
}

/// Registers a mio source while it is still exclusive.
pub(crate) fn attach_exclusive<S: mio::event::Source>(
    source: &mut S,
    registrar: &Registrar,
    token: Token,
    interest: Interest,
) -> io::Result<()> {
    registrar
        .registry
        .register(source, mio::Token(token.0), interests(interest))
}

/// Puts a descriptor into non-blocking mode.
#[cfg(unix)]
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the descriptor is open while it is borrowed; no pointer is passed.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    if flags < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: as above.
    let set = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) };
    if set < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
