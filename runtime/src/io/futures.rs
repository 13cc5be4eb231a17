//! The traits of the futures-io crate, for whatever has tokio's.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};

fn poll_read<T: AsyncRead>(
    reader: Pin<&mut T>,
    cx: &mut Context<'_>,
    bytes: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut buf = ReadBuf::new(bytes);
    ready!(reader.poll_read(cx, &mut buf))?;
    Poll::Ready(Ok(buf.filled().len()))
}

macro_rules! readers {
    ($($type:ty),* $(,)?) => {$(
        impl futures_io::AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                poll_read(self, cx, bytes)
            }
        }
    )*};
}

macro_rules! writers {
    ($($type:ty),* $(,)?) => {$(
        impl futures_io::AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write(self, cx, bytes)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                parts: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write_vectored(self, cx, parts)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_flush(self, cx)
            }

            /// As tokio's `poll_shutdown`.
            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_shutdown(self, cx)
            }
        }
    )*};
}

#[cfg(feature = "net")]
mod net {
    use super::*;
    use crate::net::unix::pipe;
    use crate::net::{TcpStream, UnixStream, tcp, unix};

    readers!(
        TcpStream,
        tcp::ReadHalf<'_>,
        tcp::OwnedReadHalf,
        UnixStream,
        unix::ReadHalf<'_>,
        unix::OwnedReadHalf,
        pipe::Receiver,
    );
    writers!(
        TcpStream,
        tcp::WriteHalf<'_>,
        tcp::OwnedWriteHalf,
        UnixStream,
        unix::WriteHalf<'_>,
        unix::OwnedWriteHalf,
        pipe::Sender,
    );
}

#[cfg(feature = "io-std")]
readers!(crate::io::Stdin);
#[cfg(feature = "io-std")]
writers!(crate::io::Stdout, crate::io::Stderr);
#[cfg(feature = "fs")]
readers!(crate::fs::File);
#[cfg(feature = "fs")]
writers!(crate::fs::File);
