//! Operations that a task polls.

use std::io;
use std::task::{Context, Poll, ready};

use super::Async;
use crate::interest::{Direction, Interest};
use crate::registration::readiness::Snapshot;
use crate::sys;

impl<S> Async<S> {
    /// Polls `operation`: runs it while the source is believed ready, and otherwise leaves the
    /// task's waker, which replaces the one left in this direction before.
    ///
    /// # Errors
    ///
    /// As [`async_io`](Async::async_io).
    pub fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let (_, result) = ready!(self.poll_operation(cx, direction, operation))?;
        Poll::Ready(Ok(result))
    }

    /// Polls an `operation` that reads or writes at most `limit` bytes of a *stream*, a socket or a
    /// pipe, and returns how many: fewer than that tell that the stream has run dry or full, and the
    /// next call waits without asking the system again.
    ///
    /// Not for datagrams, inotify and the like, of which a short read says nothing.
    ///
    /// # Errors
    ///
    /// As [`async_io`](Async::async_io).
    ///
    /// ```
    /// # use plies_reactor::{Async, Direction, Reactor};
    /// # use std::io::{Read, Write};
    /// # let (mut peer, stream) = std::os::unix::net::UnixStream::pair()?;
    /// # let (reactor, stream) = (Reactor::new()?, Async::nonblocking(stream)?);
    /// # peer.write_all(b"hello")?;
    /// let mut buffer = [0; 512];
    /// let read = std::future::poll_fn(|cx| {
    ///     stream.poll_transfer(cx, Direction::Read, 512, |mut io| io.read(&mut buffer))
    /// });
    /// assert_eq!(reactor.block_on(read)??, 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        limit: usize,
        operation: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let (seen, count) = ready!(self.poll_operation(cx, direction, operation))?;
        if sys::SHORT_MEANS_DRY && 0 < count && count < limit {
            if seen.is_registered() {
                // That the other side has closed stays true: the next read says so.
                let ready = direction.interest().mask().without_closed();
                self.registration.clear(seen, ready);
            } else if direction == Direction::Read {
                self.expect_nothing();
            }
        }
        Poll::Ready(Ok(count))
    }

    /// Polls `operation`; the snapshot is the one that its success was seen after.
    fn poll_operation<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<(Snapshot, R)>> {
        let interest = direction.interest();
        loop {
            let mut seen = self.registration.snapshot();
            if !seen.is_registered() && direction == Direction::Read && self.registration.is_dry() {
                // Where it cannot be watched, it is tried.
                self.registration
                    .set_dry(self.register(self.others(interest)).is_ok());
                seen = self.registration.snapshot();
            }
            if seen.is_registered() {
                seen = match self.registration.poll_ready(cx, direction) {
                    Poll::Ready(seen) => seen?,
                    Poll::Pending => {
                        self.follow();
                        return Poll::Pending;
                    }
                };
            }
            match operation(self.get_ref()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked(seen, interest)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return Poll::Ready(result.map(|value| (seen, value))),
            }
        }
    }

    /// Notes that an operation would have blocked after `seen`, so that the next look waits.
    fn blocked(&self, seen: Snapshot, interest: Interest) -> io::Result<()> {
        if seen.is_registered() {
            self.registration.clear(seen, interest.mask());
            return Ok(());
        }
        self.register(self.others(interest))
    }

    /// Says that there is nothing to read yet: on a connection that was just made, to which the other
    /// side answers in a round trip at the earliest. The first polled read then has the source
    /// watched, instead of asking the system first and being told to wait.
    ///
    /// A hint: what arrives meanwhile is an event like any other. It means nothing once the source is
    /// registered.
    ///
    /// ```
    /// # use plies_reactor::{Async, Direction, Reactor};
    /// # use std::io::{Read, Write};
    /// let (mut server, client) = std::os::unix::net::UnixStream::pair()?;
    /// let (reactor, client) = (Reactor::new()?, Async::nonblocking(client)?);
    /// client.expect_nothing();
    /// let mut buffer = [0; 512];
    /// let read = std::future::poll_fn(|cx| {
    ///     client.poll_transfer(cx, Direction::Read, 512, |mut io| io.read(&mut buffer))
    /// });
    /// server.write_all(b"sooner than expected")?;
    /// assert_eq!(reactor.block_on(read)??, 20);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn expect_nothing(&self) {
        self.registration.set_dry(true);
    }
}
