//! How a source is registered: by its descriptor, whenever that is, or as a mio source, once.

use std::io;

use super::Registrar;
#[cfg(any(unix, test, plies_loom, plies_shuttle))]
use super::{AsFd, Descriptor, descriptor};
use crate::interest::Interest;
use crate::registration::slots::Token;

/// The two ways to register an `S`.
#[derive(Debug)]
pub(crate) enum SourceKind<S> {
    /// By descriptor: through a shared reference, at any time, any number of times.
    #[cfg(any(unix, test, plies_loom, plies_shuttle))]
    Descriptor(fn(&S) -> Descriptor),
    /// As a mio source: through an exclusive reference, so only before it is shared.
    #[cfg(not(any(test, plies_loom, plies_shuttle)))]
    Exclusive(fn(&mut S, &mio::Registry) -> io::Result<()>),
}

impl<S> Clone for SourceKind<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for SourceKind<S> {}

#[cfg(any(unix, test, plies_loom, plies_shuttle))]
impl<S: AsFd> SourceKind<S> {
    pub(crate) fn descriptor() -> Self {
        SourceKind::Descriptor(descriptor)
    }
}

#[cfg(not(any(test, plies_loom, plies_shuttle)))]
impl<S: mio::event::Source> SourceKind<S> {
    pub(crate) fn exclusive() -> Self {
        SourceKind::Exclusive(|source, registry| registry.deregister(source))
    }
}

impl<S> SourceKind<S> {
    /// The processor on which the packets of `source` arrive, if the system tells.
    pub(crate) fn arrivals(self, source: &S) -> Option<usize> {
        match self {
            #[cfg(any(unix, test, plies_loom, plies_shuttle))]
            SourceKind::Descriptor(of) => super::arrivals(of(source)),
            // It could not move.
            #[cfg(not(any(test, plies_loom, plies_shuttle)))]
            SourceKind::Exclusive(_) => None,
        }
    }

    /// Makes `source` known to a selector.
    pub(crate) fn attach(
        self,
        source: &S,
        registrar: &Registrar,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        match self {
            #[cfg(any(unix, test, plies_loom, plies_shuttle))]
            SourceKind::Descriptor(of) => registrar.attach(of(source), token, interest),
            #[cfg(not(any(test, plies_loom, plies_shuttle)))]
            SourceKind::Exclusive(_) => {
                let _ = (source, registrar, token, interest);
                Err(only_once())
            }
        }
    }

    /// Undoes `attach`.
    pub(crate) fn detach(self, source: &S, registrar: &Registrar) -> io::Result<()> {
        match self {
            #[cfg(any(unix, test, plies_loom, plies_shuttle))]
            SourceKind::Descriptor(of) => registrar.detach(of(source)),
            #[cfg(not(any(test, plies_loom, plies_shuttle)))]
            SourceKind::Exclusive(_) => {
                let _ = (source, registrar);
                Err(only_once())
            }
        }
    }

    /// Makes `source` unknown to the selector, for good.
    pub(crate) fn detach_last(self, source: &mut S, registrar: &Registrar) -> io::Result<()> {
        match self {
            #[cfg(any(unix, test, plies_loom, plies_shuttle))]
            SourceKind::Descriptor(_) => self.detach(source, registrar),
            #[cfg(not(any(test, plies_loom, plies_shuttle)))]
            SourceKind::Exclusive(deregister) => deregister(source, registrar.registry()),
        }
    }
}

#[cfg(not(any(test, plies_loom, plies_shuttle)))]
fn only_once() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "a source that is more than a descriptor stays with its reactor: \
         take it out with `into_inner` and register it anew",
    )
}

/// Registers a mio source while it is still exclusive.
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
pub(crate) fn attach_exclusive<S: mio::event::Source>(
    source: &mut S,
    registrar: &Registrar,
    token: Token,
    interest: Interest,
) -> io::Result<()> {
    let interest = super::selector::interests(interest);
    registrar
        .registry()
        .register(source, mio::Token(token.0), interest)
}
