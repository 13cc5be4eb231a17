//! The system's side: everything that differs from one platform to another, and nothing else.
//!
//! Under a model checker, and in this crate's unit tests, [`fake`] stands in for the system.

#[cfg(any(target_os = "linux", target_os = "android"))]
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
mod alarm;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
mod counter;
#[cfg(target_os = "linux")]
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
mod processor;
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
mod selector;
mod source;
#[cfg(unix)]
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
mod unix;

#[cfg(any(test, plies_loom, plies_shuttle))]
pub mod fake;

#[cfg(any(test, plies_loom, plies_shuttle))]
use fake as backend;
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
use selector as backend;

pub(crate) use backend::{Registrar, Selector, longest_spin, monotonic, open};
pub(crate) use source::SourceKind;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
pub(crate) use counter::not_before_now;

/// A time that is not before `clock`'s now: that itself, where nothing cheaper tells the time.
#[cfg(any(
    not(all(target_os = "linux", target_arch = "x86_64")),
    test,
    plies_loom,
    plies_shuttle
))]
#[inline]
pub(crate) fn not_before_now(clock: impl FnOnce() -> Nanos) -> Nanos {
    clock()
}

#[cfg(not(any(test, plies_loom, plies_shuttle)))]
pub(crate) use source::attach_exclusive;

#[cfg(any(test, plies_loom, plies_shuttle))]
pub(crate) use fake::{arrivals, processor};
#[cfg(target_os = "linux")]
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
pub(crate) use processor::{arrivals, processor};

/// The system does not tell where this thread runs.
#[cfg(not(any(target_os = "linux", test, plies_loom, plies_shuttle)))]
pub(crate) fn processor() -> Option<usize> {
    None
}

/// The system does not tell where packets arrive.
#[cfg(unix)]
#[cfg(not(any(target_os = "linux", test, plies_loom, plies_shuttle)))]
pub(crate) fn arrivals(_: Descriptor) -> Option<usize> {
    None
}

#[cfg(any(test, plies_loom, plies_shuttle))]
pub(crate) use fake::{AsFd, Descriptor, descriptor, set_nonblocking};
#[cfg(unix)]
#[cfg(not(any(test, plies_loom, plies_shuttle)))]
pub(crate) use unix::{AsFd, Descriptor, descriptor, is_readable, set_nonblocking};

use std::time::Duration;

use crate::time::{NEVER, Nanos, nanos_in};

/// Whether a stream that gave or took less than it was offered has run dry, so that the next
/// event will come without another try. On Windows only an operation that would block asks for one.
pub(crate) const SHORT_MEANS_DRY: bool = cfg!(unix);

/// How long a look into the system's queue may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Not at all.
    Not,
    /// Until `at`, on the system's clock, which shows `now`.
    Until { now: Nanos, at: Nanos },
    /// Until there is an event.
    Forever,
}

impl Wait {
    /// Until `at`, which may be `NEVER`, but no longer than `timeout`.
    pub(crate) fn at_most(now: Nanos, at: Nanos, timeout: Option<Duration>) -> Self {
        let timeout = timeout.map_or(NEVER, |timeout| now.saturating_add(nanos_in(timeout)));
        match at.min(timeout) {
            NEVER => Wait::Forever,
            at => Wait::Until { now, at },
        }
    }
}
