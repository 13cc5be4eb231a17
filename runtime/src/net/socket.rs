//! What all sockets and pipes have in common: a source in the reactor, used within the budget.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd};
use std::task::{Context, Poll, ready};

use bytes::BufMut;
use plies_reactor::{Async, Direction};
use socket2::SockRef;
use tokio::io::ReadBuf;

use crate::context;
use crate::io::{Interest, Ready};
use crate::task::coop;

/// A socket or an end of a pipe on the current reactor.
#[derive(Debug)]
pub(crate) struct Socket<S: AsFd> {
    io: Async<S>,
}

impl<S: AsFd> Socket<S> {
    /// Takes over a non-blocking socket.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub(crate) fn new(socket: S) -> io::Result<Self> {
        context::require_with(|_| ());
        Ok(Self {
            io: Async::new(socket)?,
        })
    }

    pub(crate) fn get(&self) -> &S {
        self.io.get_ref()
    }

    pub(crate) fn into_inner(self) -> S {
        self.io.into_inner()
    }

    /// Runs `operation` until it no longer would block, on behalf of the one task that polls this
    /// direction.
    pub(crate) fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let budget = ready!(coop::poll_proceed(cx));
        let result = ready!(self.io.poll_io(cx, direction, operation));
        budget.made_progress();
        Poll::Ready(result)
    }

    /// Moves at most `limit` bytes of a stream; otherwise as [`poll_io`](Self::poll_io).
    fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        limit: usize,
        operation: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let budget = ready!(coop::poll_proceed(cx));
        let result = ready!(self.io.poll_transfer(cx, direction, limit, operation));
        budget.made_progress();
        Poll::Ready(result)
    }

    /// Runs `operation` until it no longer would block; any number of tasks may do so at once.
    pub(crate) async fn async_io<R>(
        &self,
        interest: Interest,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        coop::consume_budget().await;
        self.io.async_io(interest, operation).await
    }

    /// Runs `operation` once, if the socket is not known to be unready.
    pub(crate) fn try_io<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        self.io.try_io(interest, operation)
    }

    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        coop::consume_budget().await;
        self.io.ready(interest).await
    }

    pub(crate) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
    ) -> Poll<io::Result<()>> {
        let budget = ready!(coop::poll_proceed(cx));
        let ready = match direction {
            Direction::Read => ready!(self.io.poll_read_ready(cx)),
            Direction::Write => ready!(self.io.poll_write_ready(cx)),
        };
        budget.made_progress();
        Poll::Ready(ready.map(drop))
    }
}

impl<S: AsFd> Socket<S> {
    /// The socket's options.
    pub(crate) fn options(&self) -> SockRef<'_> {
        SockRef::from(self.get())
    }

    /// Waits until a connection that is being made stands, or has failed.
    pub(crate) async fn connected(&self) -> io::Result<()> {
        self.async_io(Interest::WRITABLE, check_connected).await?;
        self.io.expect_nothing();
        Ok(())
    }

    pub(crate) fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        self.poll_io(cx, Direction::Read, |socket| {
            receive_into(buf, |unfilled| SockRef::from(socket).peek(unfilled))
        })
    }
}

/// What differs between the kinds of streams.
pub(crate) trait Stream: AsFd + Sized {
    /// Whether a read of fewer bytes than asked for tells that there is nothing more, so that the
    /// next one need not try.
    const SHORT_READ_MEANS_DRY: bool;

    /// Reads into memory that may be uninitialised; returns how many bytes, from the start, it has
    /// initialised. (For a socket, a receive is cheaper than a read, which goes by the file.)
    fn receive(&self, buf: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        SockRef::from(self).recv(buf)
    }

    /// Tells the other side that nothing more will be written.
    fn close_writing(&self) -> io::Result<()> {
        SockRef::from(self).shutdown(Shutdown::Write)
    }
}

/// Reading a stream.
impl<S: Stream> Socket<S>
where
    for<'a> &'a S: Read,
{
    pub(crate) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let limit = buf.remaining();
        let operation = |socket: &S| receive_into(buf, |unfilled| S::receive(socket, unfilled));
        if S::SHORT_READ_MEANS_DRY {
            self.poll_transfer(cx, Direction::Read, limit, operation)
        } else {
            self.poll_io(cx, Direction::Read, operation)
        }
        .map_ok(drop)
    }

    pub(crate) fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.try_io(Interest::READABLE, |mut socket| socket.read(buf))
    }

    pub(crate) fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.try_io(Interest::READABLE, |mut socket| socket.read_vectored(bufs))
    }

    pub(crate) fn try_read_buf(&self, buf: &mut impl BufMut) -> io::Result<usize> {
        self.try_io(Interest::READABLE, |socket| {
            receive_into(buf, |unfilled| S::receive(socket, unfilled))
        })
    }
}

/// Writing a stream.
impl<S: Stream> Socket<S>
where
    for<'a> &'a S: Write,
{
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_transfer(cx, Direction::Write, buf.len(), |mut socket| {
            socket.write(buf)
        })
    }

    pub(crate) fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all = bufs.iter().map(|buf| buf.len()).sum();
        self.poll_transfer(cx, Direction::Write, all, |mut socket| {
            socket.write_vectored(bufs)
        })
    }

    pub(crate) fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.try_io(Interest::WRITABLE, |mut socket| socket.write(buf))
    }

    pub(crate) fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_io(Interest::WRITABLE, |mut socket| socket.write_vectored(bufs))
    }
}

/// Whether a connection that was begun stands: `WouldBlock` while it is still being made.
fn check_connected(socket: &impl AsFd) -> io::Result<()> {
    let socket = SockRef::from(socket);
    let Err(error) = socket.peer_addr() else {
        return Ok(());
    };
    Err(match socket.take_error()? {
        Some(cause) => cause,
        None if error.kind() == io::ErrorKind::NotConnected => io::ErrorKind::WouldBlock.into(),
        None => error,
    })
}

/// Refuses a descriptor that would block the worker: the error says what to do.
pub(crate) fn check_nonblocking(socket: &impl AsFd) -> io::Result<()> {
    if SockRef::from(socket).nonblocking()? {
        return Ok(());
    }
    let message = "the socket is in blocking mode: call `set_nonblocking(true)` on it first";
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

/// Reads from a stream into memory that may be uninitialised; returns how many bytes, from the
/// start, it has initialised.
pub(crate) fn read(stream: &impl AsFd, buf: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    let fd = stream.as_fd().as_raw_fd();
    // SAFETY: the descriptor is open while it is borrowed, and the system writes at most `len`
    // bytes to `buf`, which is that long and ours.
    let count = unsafe { libc::read(fd, buf.as_mut_ptr().cast(), buf.len()) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Appends to `buf` what `receive` puts into its unfilled part, and returns how many bytes.
///
/// `receive` returns how many bytes from the start it has initialised, as [`read`] and socket2's
/// receiving methods do.
pub(crate) fn receive_into(
    buf: &mut impl BufMut,
    receive: impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<usize>,
) -> io::Result<usize> {
    // SAFETY: `receive` only ever writes initialised bytes to it.
    let unfilled = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let count = receive(unfilled)?;
    // SAFETY: `receive`, one of those named above at every call, initialised the first `count`
    // bytes.
    unsafe { buf.advance_mut(count) };
    Ok(count)
}
