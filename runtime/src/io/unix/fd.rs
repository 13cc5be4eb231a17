//! Any descriptor on the current reactor.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};
use std::{fmt, io};

use plies_reactor::{Async, Direction, ReadyEvent};

use super::{AsyncFdReadyGuard, AsyncFdReadyMutGuard, AsyncFdRegisterError};
use crate::context;
use crate::io::Interest;
use crate::task::coop;
use crate::unwind::NotUnwindSafe;

/// A descriptor whose readiness can be waited for: of a device, a library's socket, a timer or
/// whatever else the operating system's selector takes (regular files are not among them).
///
/// It must be in non-blocking mode. Two ways to use it:
///
/// - [`async_io`](Self::async_io) runs an operation until it does not have to wait;
/// - [`readable`](Self::readable) and [`writable`](Self::writable) return a guard, whose `try_io`
///   runs an operation once and takes the readiness back if it would block.
///
/// Either way the readiness stays until an operation made through this object would block. Methods
/// that take `&mut self` are for operations that need the value exclusively.
///
/// # Examples
///
/// ```
/// use plies::io::Interest;
/// use plies::io::unix::AsyncFd;
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (mut writer, reader) = UnixStream::pair()?;
/// reader.set_nonblocking(true)?;
/// // SAFETY: a `UnixStream` keeps its descriptor open, and the same, for as long as it lives.
/// let reader = unsafe { AsyncFd::register(reader)? };
///
/// writer.write_all(b"hello")?;
/// let mut buf = [0; 8];
/// let count = loop {
///     let mut guard = reader.readable().await?;
///     match guard.try_io(|fd| fd.get_ref().read(&mut buf)) {
///         Ok(result) => break result?,
///         Err(_would_block) => continue,
///     }
/// };
/// assert_eq!(&buf[..count], b"hello");
///
/// writer.write_all(b"again")?;
/// let read = reader.async_io(Interest::READABLE, |mut stream| stream.read(&mut buf));
/// assert_eq!(read.await?, 5);
/// # Ok(())
/// # }
/// ```
pub struct AsyncFd<T: AsRawFd> {
    pub(super) io: Async<Raw<T>>,
    _unwind: NotUnwindSafe,
}

/// Something whose raw descriptor stays open, by the contract of [`AsyncFd::register`].
pub(super) struct Raw<T>(T);

impl<T: AsRawFd> AsFd for Raw<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: whoever made the `AsyncFd` answers for the descriptor being open as long as it
        // lives, and this is reachable through an `AsyncFd` only.
        unsafe { BorrowedFd::borrow_raw(self.0.as_raw_fd()) }
    }
}

impl<T: AsRawFd> AsyncFd<T> {
    /// Registers a descriptor with the current reactor, for reading and writing.
    ///
    /// # Errors
    ///
    /// When the operating system cannot watch it: it is a regular file, it is registered with this
    /// reactor already, or it is not open. The error gives `inner` back.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    ///
    /// # Safety
    ///
    /// `inner.as_raw_fd()` returns the same number every time, and that descriptor is open, until
    /// this object is dropped or turned back into `inner`. Also safe code that reaches `inner`
    /// through [`get_mut`](Self::get_mut) must not change that.
    #[track_caller]
    pub unsafe fn register(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: the same contract.
        unsafe { Self::register_with_interest(inner, Interest::READABLE | Interest::WRITABLE) }
    }

    /// As [`register`](Self::register), to be waited for in the ways of `interest` only.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    ///
    /// # Safety
    ///
    /// As [`register`](Self::register).
    #[track_caller]
    pub unsafe fn register_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        context::require_with(|_| ());
        let io = Async::with_interest(Raw(inner), interest)
            .expect("only the registration makes a system call");
        match io.register_now() {
            Ok(()) => Ok(Self {
                io,
                _unwind: NotUnwindSafe::default(),
            }),
            Err(cause) => Err(AsyncFdRegisterError {
                inner: io.into_inner().0,
                cause,
            }),
        }
    }

    /// What this was made of.
    pub fn get_ref(&self) -> &T {
        &self.io.get_ref().0
    }

    /// What this was made of, exclusively; see [`register`](Self::register) for what must not be
    /// done with it.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.io.get_mut().0
    }

    /// Deregisters the descriptor and gives back what this was made of.
    pub fn into_inner(self) -> T {
        self.io.into_inner().0
    }

    /// Waits until the descriptor is ready for one of `interest`.
    ///
    /// # Errors
    ///
    /// When the runtime has shut down.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the readiness stays.
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        Ok(AsyncFdReadyGuard::new(self, self.event(interest).await?))
    }

    /// As [`ready`](Self::ready), with a guard that has exclusive access.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the readiness stays.
    pub async fn ready_mut(
        &mut self,
        interest: Interest,
    ) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        let event = self.event(interest).await?;
        Ok(AsyncFdReadyMutGuard::new(self, event))
    }

    async fn event(&self, interest: Interest) -> io::Result<ReadyEvent> {
        coop::consume_budget().await;
        Ok(self.io.ready_guard(interest).await?.event())
    }

    /// Waits until a read would not block, or the other end is closed; as
    /// [`ready`](Self::ready)`(Interest::READABLE)`.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the readiness stays.
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// As [`readable`](Self::readable), with a guard that has exclusive access.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the readiness stays.
    pub async fn readable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::READABLE).await
    }

    /// Waits until a write would not block, or nobody reads any more; as
    /// [`ready`](Self::ready)`(Interest::WRITABLE)`.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the readiness stays.
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// As [`writable`](Self::writable), with a guard that has exclusive access.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the readiness stays.
    pub async fn writable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }
}

/// The polled forms. Of the tasks that poll in one direction, the last one is woken.
impl<T: AsRawFd> AsyncFd<T> {
    /// The polled form of [`readable`](Self::readable).
    pub fn poll_read_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T>>> {
        let event = ready!(self.poll_event(cx, Direction::Read))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, event)))
    }

    /// The polled form of [`readable_mut`](Self::readable_mut).
    pub fn poll_read_ready_mut(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'_, T>>> {
        let event = ready!(self.poll_event(cx, Direction::Read))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, event)))
    }

    /// The polled form of [`writable`](Self::writable).
    pub fn poll_write_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T>>> {
        let event = ready!(self.poll_event(cx, Direction::Write))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, event)))
    }

    /// The polled form of [`writable_mut`](Self::writable_mut).
    pub fn poll_write_ready_mut(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'_, T>>> {
        let event = ready!(self.poll_event(cx, Direction::Write))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, event)))
    }

    fn poll_event(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
    ) -> Poll<io::Result<ReadyEvent>> {
        let budget = ready!(coop::poll_proceed(cx));
        let guard = match direction {
            Direction::Read => ready!(self.io.poll_read_ready(cx)),
            Direction::Write => ready!(self.io.poll_write_ready(cx)),
        };
        budget.made_progress();
        Poll::Ready(guard.map(|guard| guard.event()))
    }
}

/// Operations of the caller's own. Each has to return
/// [`WouldBlock`](io::ErrorKind::WouldBlock) only when the descriptor itself did.
impl<T: AsRawFd> AsyncFd<T> {
    /// Runs `operation` until it does not have to wait.
    ///
    /// # Errors
    ///
    /// What `operation` returns, except `WouldBlock`; and as [`ready`](Self::ready).
    ///
    /// # Cancel safety
    ///
    /// `operation` has not succeeded when the future is dropped before it is ready.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        coop::consume_budget().await;
        self.io.async_io(interest, |raw| operation(&raw.0)).await
    }

    /// As [`async_io`](Self::async_io), for an operation that needs exclusive access.
    ///
    /// # Errors
    ///
    /// As [`async_io`](Self::async_io).
    ///
    /// # Cancel safety
    ///
    /// `operation` has not succeeded when the future is dropped before it is ready.
    pub async fn async_io_mut<R>(
        &mut self,
        interest: Interest,
        mut operation: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let mut guard = self.ready_mut(interest).await?;
            match guard.try_io(|fd| operation(fd.get_mut())) {
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(result) => return result,
                Err(_would_block) => {}
            }
        }
    }

    /// Runs `operation` once, if the descriptor is believed ready for one of `interest`.
    ///
    /// # Errors
    ///
    /// What `operation` returns, and [`WouldBlock`](io::ErrorKind::WouldBlock) without a call to
    /// it when the descriptor is known not to be ready.
    pub fn try_io<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.io.try_io(interest, |raw| operation(&raw.0))
    }

    /// As [`try_io`](Self::try_io), for an operation that needs exclusive access.
    ///
    /// # Errors
    ///
    /// As [`try_io`](Self::try_io).
    pub fn try_io_mut<R>(
        &mut self,
        interest: Interest,
        operation: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let event = self.io.try_ready(interest)?.event();
        let result = operation(self.get_mut());
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.io.clear_ready(event, event.ready());
        }
        result
    }
}

impl<T: AsRawFd> AsRawFd for AsyncFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.get_ref().as_raw_fd()
    }
}

impl<T: AsRawFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.get_ref().as_fd()
    }
}

impl<T: AsRawFd + fmt::Debug> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd")
            .field("inner", self.get_ref())
            .finish()
    }
}
