//! Looking at a datagram without taking it.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use bytes::BufMut;
use plies_reactor::Direction;
use socket2::SockRef;
use tokio::io::ReadBuf;

use super::{UdpSocket, ip_address};
use crate::io::Interest;
use crate::net::datagram::with_sender;

/// Looking at the next datagram, which is left to be received.
impl UdpSocket {
    /// Copies the next datagram from the address that the socket is connected to; returns its
    /// length. What does not fit into `buf` is left out.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket
            .async_io(Interest::READABLE, |socket| socket.peek(buf))
            .await
    }

    /// The polled form of [`peek`](Self::peek): only the task of the last call is woken.
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_peek(cx, buf).map_ok(drop)
    }

    /// As [`peek`](Self::peek), without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when nothing has arrived.
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket
            .try_io(Interest::READABLE, |socket| socket.peek(buf))
    }

    /// As [`peek`](Self::peek), from anybody, with the address of the sender.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket
            .async_io(Interest::READABLE, |socket| socket.peek_from(buf))
            .await
    }

    /// The polled form of [`peek_from`](Self::peek_from): only the task of the last call is woken.
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        self.socket
            .poll_io(cx, Direction::Read, |socket| peek_from(socket, buf))
    }

    /// As [`peek_from`](Self::peek_from), without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when nothing has arrived.
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket
            .try_io(Interest::READABLE, |socket| socket.peek_from(buf))
    }

    /// The address of the sender of the next datagram.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.socket.async_io(Interest::READABLE, peek_sender).await
    }

    /// The polled form of [`peek_sender`](Self::peek_sender): only the task of the last call is
    /// woken.
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.socket.poll_io(cx, Direction::Read, peek_sender)
    }

    /// As [`peek_sender`](Self::peek_sender), without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when nothing has arrived.
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.socket.try_io(Interest::READABLE, peek_sender)
    }
}

fn peek_from(socket: &mio::net::UdpSocket, buf: &mut impl BufMut) -> io::Result<SocketAddr> {
    let (_, sender) = with_sender(buf, |unfilled| SockRef::from(socket).peek_from(unfilled))?;
    ip_address(&sender)
}

fn peek_sender(socket: &mio::net::UdpSocket) -> io::Result<SocketAddr> {
    ip_address(&SockRef::from(socket).peek_sender()?)
}
