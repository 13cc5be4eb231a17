//! The halves of a TCP stream.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

use super::TcpStream;

crate::net::halves::halves!(TcpStream, mio::net::TcpStream, SocketAddr);

/// Looking at what is there to read, of both forms of the reading half.
macro_rules! peek_methods {
    ($($half:ty),*) => {$(
        impl $half {
            /// Copies what is there to read into `buf`, and leaves it to be read again; returns
            /// how many bytes that was, zero at the end of the stream.
            ///
            /// # Errors
            ///
            /// When the connection has failed.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future changes nothing.
            pub async fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                self.as_ref().peek(buf).await
            }

            /// The polled form of [`peek`](Self::peek): only the task of the last call is woken.
            pub fn poll_peek(
                &mut self,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<usize>> {
                self.as_ref().poll_peek(cx, buf)
            }
        }
    )*};
}

peek_methods!(ReadHalf<'_>, OwnedReadHalf);
