//! A guard over observed readiness, which can be taken back.

use std::io;

use crate::async_source::Async;
use crate::interest::{Interest, Ready};
use crate::registration::Registration;
use crate::registration::readiness::Snapshot;

/// Readiness as it was observed, apart from its source: what [`Async::clear_ready`] takes back.
#[derive(Clone, Copy, Debug)]
pub struct ReadyEvent(pub(crate) Snapshot);

impl ReadyEvent {
    /// What was ready, of what was waited for.
    pub fn ready(self) -> Ready {
        self.0.ready()
    }
}

/// Readiness as it was observed, with the tick of that moment.
///
/// Taking it back, by [`clear_ready`](ReadyGuard::clear_ready) or a [`try_io`](ReadyGuard::try_io)
/// that would block, has no effect if an event has arrived since: that event is not lost.
#[derive(Debug)]
#[must_use = "readiness stays until it is cleared"]
pub struct ReadyGuard<'a, S> {
    source: &'a Async<S>,
    registration: &'a Registration,
    seen: Snapshot,
    interest: Interest,
}

impl<'a, S> ReadyGuard<'a, S> {
    pub(crate) fn new(
        source: &'a Async<S>,
        registration: &'a Registration,
        seen: Snapshot,
        interest: Interest,
    ) -> Self {
        Self {
            source,
            registration,
            seen,
            interest,
        }
    }

    /// What was ready, of what was waited for.
    pub fn ready(&self) -> Ready {
        self.seen.ready()
    }

    /// What was observed, without the borrow of the source.
    pub fn event(&self) -> ReadyEvent {
        ReadyEvent(self.seen)
    }

    /// The source.
    pub fn source(&self) -> &'a Async<S> {
        self.source
    }

    /// Takes back the readiness that was waited for, except that a direction is closed: call it
    /// once an operation has returned [`WouldBlock`](io::ErrorKind::WouldBlock).
    pub fn clear_ready(&mut self) {
        self.registration
            .clear(self.seen, self.interest.mask().without_closed());
    }

    /// Takes back one part of the readiness only.
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.registration.clear(self.seen, ready);
    }

    /// Runs `operation` on the source, and takes the readiness back if it would block.
    ///
    /// # Errors
    ///
    /// What the operation says, [`WouldBlock`](io::ErrorKind::WouldBlock) included.
    pub fn try_io<R>(&mut self, operation: impl FnOnce(&S) -> io::Result<R>) -> io::Result<R> {
        let result = operation(self.source.get_ref());
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.registration.clear(self.seen, self.interest.mask());
        }
        result
    }
}
