//! The ends of a child's standard streams that the parent holds.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use crate::net::unix::pipe::{Receiver, Sender};

macro_rules! pipe {
    ($(#[$doc:meta])* $name:ident over $pipe:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            pipe: $pipe,
        }

        impl $name {
            /// Takes over the pipe of a child that std started.
            ///
            /// # Errors
            ///
            /// When the operating system refuses to make it non-blocking.
            ///
            /// # Panics
            ///
            /// When there is no current runtime.
            #[track_caller]
            pub fn from_std(inner: std::process::$name) -> io::Result<Self> {
                let pipe = $pipe::from_owned_fd(inner.into())?;
                Ok(Self { pipe })
            }

            /// Gives the descriptor away, in blocking mode.
            ///
            /// # Errors
            ///
            /// When the operating system refuses to change the mode.
            pub fn into_owned_fd(self) -> io::Result<OwnedFd> {
                self.pipe.into_blocking_fd()
            }
        }

        /// For a further child: in blocking mode, as programs expect it.
        impl TryFrom<$name> for Stdio {
            type Error = io::Error;

            fn try_from(pipe: $name) -> io::Result<Self> {
                pipe.into_owned_fd().map(Self::from)
            }
        }

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.pipe.as_fd()
            }
        }

        impl AsRawFd for $name {
            fn as_raw_fd(&self) -> RawFd {
                self.pipe.as_raw_fd()
            }
        }
    };
}

macro_rules! read {
    ($name:ident) => {
        impl AsyncRead for $name {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.pipe).poll_read(cx, buf)
            }
        }
    };
}

pipe! {
    /// What a child reads as its standard input. Dropping it is the end of that input.
    ///
    /// # Cancel safety
    ///
    /// A dropped `write` has written nothing; a dropped `write_all` may have written a part.
    ChildStdin over Sender
}

pipe! {
    /// What a child writes to its standard output.
    ///
    /// # Cancel safety
    ///
    /// A dropped `read` has taken nothing out of the pipe.
    ChildStdout over Receiver
}

pipe! {
    /// What a child writes to its standard error.
    ///
    /// # Cancel safety
    ///
    /// A dropped `read` has taken nothing out of the pipe.
    ChildStderr over Receiver
}

read!(ChildStdout);
read!(ChildStderr);

impl AsyncWrite for ChildStdin {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.pipe).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.pipe).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.pipe.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}
