//! `Async<S>`: a source whose operations wait instead of blocking.

mod construct;
mod follow;
mod polled;

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::guard::{ReadyEvent, ReadyGuard};
use crate::handle::Handle;
use crate::interest::{Direction, Interest, Ready};
use crate::registration::Registration;
use crate::registration::readiness::Snapshot;
use crate::registration::waiting::Waiting;
use crate::sys::SourceKind;

/// A source in non-blocking mode, with a reactor to wait on when it is not ready.
///
/// On Unix a source is anything with a descriptor: a mio or std socket, a pipe, a timerfd. It is
/// registered by the first operation that would block, with the reactor that is current on
/// that thread (or else the one that was current when it was made), and never if none would. A read
/// of which [`poll_transfer`](Async::poll_transfer) or [`expect_nothing`](Async::expect_nothing)
/// knows that it would block is left out.
///
/// Readiness is edge-triggered: an operation is tried while the source is believed ready, and
/// waits for the next event only after it returned [`WouldBlock`](io::ErrorKind::WouldBlock).
/// Use the `&self` methods here for every operation, so that no readiness is lost.
///
/// Any number of futures can wait in each direction; of the tasks that use the `poll_` methods,
/// the last one in each direction is woken. Dropping it deregisters the source and closes it.
///
/// ```
/// use plies_reactor::{Async, Interest, Reactor};
/// use std::io::{Read, Write};
///
/// let (writer, reader) = std::os::unix::net::UnixStream::pair()?;
/// let reader = Async::nonblocking(reader)?;
/// (&writer).write_all(b"hello")?;
///
/// let reactor = Reactor::new()?;
/// let mut buffer = [0; 8];
/// let read = reader.async_io(Interest::READABLE, |mut io| io.read(&mut buffer));
/// assert_eq!(reactor.block_on(read)??, 5);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Async<S> {
    /// None only once `into_inner` has taken it.
    source: Option<S>,
    kind: SourceKind<S>,
    interest: Interest,
    registration: Arc<Registration>,
}

impl<S> Async<S> {
    fn build(source: S, kind: SourceKind<S>, interest: Interest, fallback: Option<Handle>) -> Self {
        let registration = Registration::new(fallback);
        Self {
            source: Some(source),
            kind,
            interest,
            registration,
        }
    }

    /// The source. Operations made on it directly do not tell the reactor that they would block;
    /// use [`try_io`](Async::try_io) and its kin.
    pub fn get_ref(&self) -> &S {
        self.source.as_ref().expect("present until `into_inner`")
    }

    /// The source, exclusively. Putting another descriptor in its place loses its events.
    pub fn get_mut(&mut self) -> &mut S {
        self.source.as_mut().expect("present until `into_inner`")
    }

    /// Deregisters the source and returns it.
    pub fn into_inner(mut self) -> S {
        self.withdraw();
        self.source.take().expect("present until `into_inner`")
    }

    /// Runs `operation` if the source is believed ready for `interest`; never waits.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if it is not ready, or what the operation says.
    pub fn try_io<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        let mut seen = self.registration.snapshot();
        if seen.is_registered() {
            seen = self
                .registration
                .look(interest)
                .ok_or(io::ErrorKind::WouldBlock)??;
        }
        let result = operation(self.get_ref());
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.registration.clear(seen, interest.mask());
        }
        result
    }

    /// Runs `operation` until it does something else than block, waiting in between.
    ///
    /// Cancel safe: if the future is dropped, no operation that succeeded is lost.
    ///
    /// # Errors
    ///
    /// What the operation says, or why the source cannot be waited for: no reactor, a reactor
    /// that is gone, a file that is always ready, a descriptor registered already.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            match self.try_io(interest, &mut operation) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => return result,
            }
            self.wait(interest, self.others(interest)).await?;
        }
    }

    /// Waits until the source is ready for something in `interest`, and says for what.
    ///
    /// It may say so spuriously, and goes on saying so until an operation made through this
    /// object would block. Cancel safe.
    ///
    /// # Errors
    ///
    /// Why the source cannot be waited for, as [`async_io`](Async::async_io).
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        Ok(self.wait(interest, Ready::EMPTY).await?.ready())
    }

    /// Waits until a read would not block; see [`ready`](Async::ready).
    ///
    /// # Errors
    ///
    /// As [`ready`](Async::ready).
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Waits until a write would not block; see [`ready`](Async::ready).
    ///
    /// # Errors
    ///
    /// As [`ready`](Async::ready).
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Waits like [`ready`](Async::ready) and returns a guard that can take the readiness back, for
    /// operations that are not made through this object.
    ///
    /// # Errors
    ///
    /// As [`ready`](Async::ready).
    pub async fn ready_guard(&self, interest: Interest) -> io::Result<ReadyGuard<'_, S>> {
        let seen = self.wait(interest, Ready::EMPTY).await?;
        Ok(ReadyGuard::new(self, &self.registration, seen, interest))
    }

    /// What of `interest` the source is believed ready for now, without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if for nothing, as before it is registered.
    pub fn try_ready(&self, interest: Interest) -> io::Result<ReadyGuard<'_, S>> {
        let seen = self.registration.look(interest);
        let seen = seen.ok_or(io::ErrorKind::WouldBlock)??;
        Ok(ReadyGuard::new(self, &self.registration, seen, interest))
    }

    /// Takes back the part `ready` of what was observed, unless another event has arrived since; see
    /// [`ReadyGuard`], which does the same while it borrows the source.
    ///
    /// ```
    /// # use plies_reactor::{Async, Interest, Reactor, Ready};
    /// # use std::io::Write;
    /// let (mut writer, reader) = std::os::unix::net::UnixStream::pair()?;
    /// let (reactor, reader) = (Reactor::new()?, Async::nonblocking(reader)?);
    /// writer.write_all(b"hello")?;
    /// let event = reactor.block_on(reader.ready_guard(Interest::READABLE))??.event();
    /// assert_eq!(event.ready(), Ready::READABLE);
    /// reader.clear_ready(event, event.ready());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn clear_ready(&self, event: ReadyEvent, ready: Ready) {
        self.registration.clear(event.0, ready.without_closed());
    }

    /// Polls for readability; the task's waker replaces the one left before.
    ///
    /// # Errors
    ///
    /// As [`ready`](Async::ready).
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<ReadyGuard<'_, S>>> {
        self.poll_direction(cx, Direction::Read)
    }

    /// Polls for writability; the task's waker replaces the one left before.
    ///
    /// # Errors
    ///
    /// As [`ready`](Async::ready).
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<ReadyGuard<'_, S>>> {
        self.poll_direction(cx, Direction::Write)
    }

    fn poll_direction(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
    ) -> Poll<io::Result<ReadyGuard<'_, S>>> {
        self.register(Ready::EMPTY)?;
        let seen = ready!(self.registration.poll_ready(cx, direction))?;
        Poll::Ready(Ok(ReadyGuard::new(
            self,
            &self.registration,
            seen,
            direction.interest(),
        )))
    }

    /// Moves the registration to the reactor of `handle`; if there is none yet, that is where it
    /// will be on a thread without a current reactor. Whoever waits goes on waiting there.
    ///
    /// # Errors
    ///
    /// Why it cannot be registered there; it stays where it was then. A source made by
    /// [`from_source`](Async::from_source) cannot move.
    pub fn move_to(&self, handle: &Handle) -> io::Result<()> {
        let (kind, source, interest) = (self.kind, self.get_ref(), self.interest);
        self.registration.move_to(
            handle,
            &mut |registrar, token| kind.attach(source, registrar, token, interest),
            &mut |registrar| kind.detach(source, registrar),
        )
    }

    /// Registers now, with the reactor that the first wait would choose, so that errors come now:
    /// no reactor, a file that is always ready, a descriptor registered already.
    ///
    /// # Errors
    ///
    /// As [`ready`](Async::ready).
    pub fn register_now(&self) -> io::Result<()> {
        self.register(Ready::EMPTY)
    }

    fn register(&self, untried: Ready) -> io::Result<()> {
        if self.registration.snapshot().is_registered() {
            return Ok(());
        }
        let (kind, source, interest) = (self.kind, self.get_ref(), self.interest);
        self.registration
            .register(untried, &mut |registrar, token| {
                kind.attach(source, registrar, token, interest)
            })
    }

    /// What may be ready though an operation for `interest` would block: the rest of what is
    /// watched, which is worth a try before the first event.
    fn others(&self, interest: Interest) -> Ready {
        self.interest.mask().without_closed() - interest.mask()
    }

    async fn wait(&self, interest: Interest, untried: Ready) -> io::Result<Snapshot> {
        self.register(untried)?;
        self.follow();
        Waiting::new(&self.registration, interest).await
    }

    fn withdraw(&mut self) {
        if let Some(source) = &mut self.source {
            let kind = self.kind;
            self.registration
                .withdraw(&mut |registrar| kind.detach_last(source, registrar));
        }
    }
}

impl<S> Drop for Async<S> {
    fn drop(&mut self) {
        self.withdraw();
    }
}
