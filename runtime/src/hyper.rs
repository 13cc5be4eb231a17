//! hyper 1.x on this runtime: its executor, its timers and its I/O.
//!
//! [`TcpStream`](crate::net::TcpStream) implements hyper's [`Read`] and [`Write`] itself, so a
//! connection goes to hyper as it is. [`Io`] does the same for every other type with tokio's
//! traits, a TLS stream for instance.
//!
//! # Examples
//!
//! ```
//! use std::convert::Infallible;
//!
//! use hyper::service::service_fn;
//! use hyper::{Request, Response};
//! use plies::hyper::Timer;
//! use plies::net::TcpListener;
//!
//! # #[plies::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! async fn greet(
//!     _: Request<hyper::body::Incoming>,
//! ) -> Result<Response<String>, Infallible> {
//!     Ok(Response::new("hello".to_owned()))
//! }
//!
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//! plies::spawn(async move {
//!     loop {
//!         let (stream, _) = listener.accept().await?;
//!         let connection = hyper::server::conn::http1::Builder::new()
//!             .timer(Timer)
//!             .serve_connection(stream, service_fn(greet));
//!         plies::spawn(connection);
//!     }
//!     # #[allow(unreachable_code)]
//!     # std::io::Result::Ok(())
//! });
//!
//! # use plies::io::{AsyncReadExt, AsyncWriteExt};
//! # let mut client = plies::net::TcpStream::connect(address).await?;
//! # client.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
//! # let mut response = String::new();
//! # client.read_to_string(&mut response).await?;
//! # assert!(response.ends_with("hello"), "{response}");
//! # Ok(())
//! # }
//! ```

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Read, ReadBufCursor, Sleep, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::time;

/// Spawns hyper's own tasks, those of HTTP/2 for instance, on the current runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct Executor;

impl<F> hyper::rt::Executor<F> for Executor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    #[track_caller]
    fn execute(&self, future: F) {
        drop(crate::task::spawn(future));
    }
}

/// hyper's time-outs by the current runtime's clock and timers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timer;

impl hyper::rt::Timer for Timer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(time::sleep(duration))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(time::sleep_until(deadline.into()))
    }

    fn now(&self) -> Instant {
        time::Instant::now().into_std()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn Sleep>>, deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<time::Sleep>() {
            Some(ours) => ours.reset(deadline.into()),
            None => *sleep = self.sleep_until(deadline),
        }
    }
}

impl Sleep for time::Sleep {}

pin_project_lite::pin_project! {
    /// Any type with tokio's I/O traits, as hyper wants it; and the other way round.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Io<T> {
        #[pin]
        inner: T,
    }
}

impl<T> Io<T> {
    /// Wraps `inner`.
    pub fn new(inner: T) -> Self {
        Self { inner }
    }

    /// What is wrapped.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// What is wrapped, to change it.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// What is wrapped, without the wrapper.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

/// Reads through tokio's trait into hyper's buffer.
fn poll_read<T: AsyncRead>(
    io: Pin<&mut T>,
    cx: &mut Context<'_>,
    mut cursor: ReadBufCursor<'_>,
) -> Poll<io::Result<()>> {
    // SAFETY: a `ReadBuf` only ever writes initialised bytes to it.
    let mut buf = ReadBuf::uninit(unsafe { cursor.as_mut() });
    ready!(io.poll_read(cx, &mut buf))?;
    let count = buf.filled().len();
    // SAFETY: `buf` was made of the cursor's unfilled part, and its filled bytes are initialised.
    unsafe { cursor.advance(count) };
    Poll::Ready(Ok(()))
}

/// hyper's traits by tokio's, which `$io` has or, for `Io`, wraps.
macro_rules! hyper_io {
    ($type:ty, $self:ident => $io:expr $(, $generic:ident)?) => {
        impl$(<$generic: AsyncRead>)? Read for $type {
            fn poll_read(
                $self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                cursor: ReadBufCursor<'_>,
            ) -> Poll<io::Result<()>> {
                poll_read($io, cx, cursor)
            }
        }

        impl$(<$generic: AsyncWrite>)? Write for $type {
            fn poll_write(
                $self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write($io, cx, buf)
            }

            fn poll_write_vectored(
                $self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write_vectored($io, cx, bufs)
            }

            fn is_write_vectored(&$self) -> bool {
                AsyncWrite::is_write_vectored(hyper_io!(@shared $self $(, $generic)?))
            }

            fn poll_flush($self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_flush($io, cx)
            }

            fn poll_shutdown($self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_shutdown($io, cx)
            }
        }
    };
    (@shared $self:ident, $generic:ident) => { &$self.inner };
    (@shared $self:ident) => { $self };
}

hyper_io!(Io<T>, self => self.project().inner, T);
#[cfg(feature = "net")]
hyper_io!(crate::net::TcpStream, self => self);
