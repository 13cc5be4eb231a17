//! Why an operation could not be started or finished, and what to do about it.

use std::error::Error;
use std::{fmt, io};

/// No reactor is current on this thread, and none was given.
///
/// Call [`Handle::enter`](crate::Handle::enter) on the thread first, or name a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoReactor;

impl fmt::Display for NoReactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no reactor on this thread: keep the guard of `Handle::enter()` alive here, \
             or pass a handle",
        )
    }
}

impl Error for NoReactor {}

impl From<NoReactor> for io::Error {
    fn from(error: NoReactor) -> Self {
        io::Error::new(io::ErrorKind::NotConnected, error)
    }
}

/// The reactor was shut down or dropped, or its selector has failed; nothing waits on it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReactorGone;

impl fmt::Display for ReactorGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the reactor was shut down, or lost its selector: keep the `Reactor` alive for as long \
             as its sources and timers, or move them to another one",
        )
    }
}

impl Error for ReactorGone {}

impl From<ReactorGone> for io::Error {
    fn from(error: ReactorGone) -> Self {
        io::Error::new(io::ErrorKind::NotConnected, error)
    }
}

/// Why a timer cannot be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerError {
    /// No reactor to arm it on.
    NoReactor(NoReactor),
    /// The reactor it was armed on is gone.
    Gone(ReactorGone),
}

impl fmt::Display for TimerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimerError::NoReactor(error) => error.fmt(f),
            TimerError::Gone(error) => error.fmt(f),
        }
    }
}

impl Error for TimerError {}

impl From<NoReactor> for TimerError {
    fn from(error: NoReactor) -> Self {
        TimerError::NoReactor(error)
    }
}

impl From<ReactorGone> for TimerError {
    fn from(error: ReactorGone) -> Self {
        TimerError::Gone(error)
    }
}

/// A registration the system refused, with the system's own error as the source.
#[derive(Debug)]
struct Refused {
    advice: &'static str,
    cause: io::Error,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot register with the reactor: {} ({})",
            self.advice, self.cause
        )
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

/// Adds to a refused registration what the caller can do about it.
pub(crate) fn refused(cause: io::Error) -> io::Error {
    let advice = match cause.kind() {
        io::ErrorKind::PermissionDenied => {
            "this kind of file is always ready and cannot be waited for; read it on a blocking thread"
        }
        io::ErrorKind::AlreadyExists => {
            "this descriptor is registered already; share the first `Async`, or duplicate the descriptor"
        }
        // The limits and everything else keep the system's code, which callers match on.
        _ => return cause,
    };
    io::Error::new(cause.kind(), Refused { advice, cause })
}
