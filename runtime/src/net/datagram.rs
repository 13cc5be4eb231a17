//! Sending and receiving datagrams, in the form that UDP and Unix sockets have.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsFd;

use bytes::BufMut;
use socket2::{SockAddr, SockRef};

use crate::net::socket::receive_into;

/// Receives one datagram into `buf`, appending to it; returns its length.
pub(crate) fn receive(socket: &impl AsFd, buf: &mut impl BufMut) -> io::Result<usize> {
    receive_into(buf, |unfilled| SockRef::from(socket).recv(unfilled))
}

/// As [`receive`], with the address of the sender.
pub(crate) fn receive_from(
    socket: &impl AsFd,
    buf: &mut impl BufMut,
) -> io::Result<(usize, SockAddr)> {
    with_sender(buf, |unfilled| SockRef::from(socket).recv_from(unfilled))
}

/// As [`receive_into`], for an operation that also returns an address.
pub(crate) fn with_sender(
    buf: &mut impl BufMut,
    receive: impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<(usize, SockAddr)>,
) -> io::Result<(usize, SockAddr)> {
    let mut sender = None;
    let length = receive_into(buf, |unfilled| {
        let (length, address) = receive(unfilled)?;
        sender = Some(address);
        Ok(length)
    })?;
    Ok((length, sender.expect("set where the length was")))
}

/// The methods of a datagram socket with addresses of type `$address`; `$address_of` puts one in the
/// place of socket2's in what was received.
macro_rules! datagram_methods {
    ($address:ty, $address_of:path) => {
        $crate::net::readiness::ready_method!();
        $crate::net::readiness::readable_method!();
        $crate::net::readiness::writable_method!();
        $crate::net::readiness::poll_readable_method!(poll_recv_ready);
        $crate::net::readiness::poll_writable_method!(poll_send_ready);

        /// Sends a datagram to the address that the socket is connected to; returns its length.
        ///
        /// # Errors
        ///
        /// When the socket is not connected, the datagram is too long, or the other side is known
        /// to be gone.
        ///
        /// # Cancel safety
        ///
        /// When the future is dropped before it is ready, nothing was sent.
        pub async fn send(&self, buf: &[u8]) -> std::io::Result<usize> {
            self.socket()
                .async_io($crate::io::Interest::WRITABLE, |socket| socket.send(buf))
                .await
        }

        /// The polled form of [`send`](Self::send): only the task of the last call is woken.
        pub fn poll_send(
            &self,
            cx: &mut std::task::Context<'_>,
            buf: &[u8],
        ) -> std::task::Poll<std::io::Result<usize>> {
            self.socket()
                .poll_io(cx, plies_reactor::Direction::Write, |socket| {
                    socket.send(buf)
                })
        }

        /// As [`send`](Self::send), without waiting.
        ///
        /// # Errors
        ///
        /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) when there is no room now.
        pub fn try_send(&self, buf: &[u8]) -> std::io::Result<usize> {
            self.socket()
                .try_io($crate::io::Interest::WRITABLE, |socket| socket.send(buf))
        }

        /// Receives a datagram from the address that the socket is connected to; returns its
        /// length. What does not fit into `buf` is lost.
        ///
        /// # Errors
        ///
        /// When an earlier datagram was refused by the other side, or the runtime has shut down.
        ///
        /// # Cancel safety
        ///
        /// When the future is dropped before it is ready, nothing was received.
        pub async fn recv(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            self.socket()
                .async_io($crate::io::Interest::READABLE, |socket| socket.recv(buf))
                .await
        }

        /// The polled form of [`recv`](Self::recv): only the task of the last call is woken.
        pub fn poll_recv(
            &self,
            cx: &mut std::task::Context<'_>,
            buf: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            let direction = plies_reactor::Direction::Read;
            self.socket()
                .poll_io(cx, direction, |socket| {
                    $crate::net::datagram::receive(socket, buf)
                })
                .map_ok(drop)
        }

        /// As [`recv`](Self::recv), without waiting.
        ///
        /// # Errors
        ///
        /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) when nothing has arrived.
        pub fn try_recv(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            self.socket()
                .try_io($crate::io::Interest::READABLE, |socket| socket.recv(buf))
        }

        /// As [`recv`](Self::recv), appending to a buffer that grows.
        ///
        /// What does not fit into the spare capacity is lost.
        ///
        /// # Errors
        ///
        /// As [`recv`](Self::recv).
        ///
        /// # Cancel safety
        ///
        /// As [`recv`](Self::recv).
        pub async fn recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            self.socket()
                .async_io($crate::io::Interest::READABLE, |socket| {
                    $crate::net::datagram::receive(socket, buf)
                })
                .await
        }

        /// As [`recv_buf`](Self::recv_buf), without waiting.
        ///
        /// # Errors
        ///
        /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) when nothing has arrived.
        pub fn try_recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            self.socket()
                .try_io($crate::io::Interest::READABLE, |socket| {
                    $crate::net::datagram::receive(socket, buf)
                })
        }

        /// Receives a datagram; returns its length and the address of its sender. What does not
        /// fit into `buf` is lost.
        ///
        /// # Errors
        ///
        /// As [`recv`](Self::recv).
        ///
        /// # Cancel safety
        ///
        /// When the future is dropped before it is ready, nothing was received.
        pub async fn recv_from(&self, buf: &mut [u8]) -> std::io::Result<(usize, $address)> {
            self.socket()
                .async_io($crate::io::Interest::READABLE, |socket| {
                    $crate::net::datagram::receive_from(socket, &mut &mut buf[..])
                })
                .await
                .and_then($address_of)
        }

        /// The polled form of [`recv_from`](Self::recv_from): only the task of the last call is
        /// woken.
        pub fn poll_recv_from(
            &self,
            cx: &mut std::task::Context<'_>,
            buf: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<$address>> {
            let direction = plies_reactor::Direction::Read;
            self.socket()
                .poll_io(cx, direction, |socket| {
                    $crate::net::datagram::receive_from(socket, buf)
                })
                .map(|received| Ok($address_of(received?)?.1))
        }

        /// As [`recv_from`](Self::recv_from), without waiting.
        ///
        /// # Errors
        ///
        /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) when nothing has arrived.
        pub fn try_recv_from(&self, buf: &mut [u8]) -> std::io::Result<(usize, $address)> {
            self.try_recv_buf_from(&mut &mut buf[..])
        }

        /// As [`recv_from`](Self::recv_from), appending to a buffer that grows.
        ///
        /// What does not fit into the spare capacity is lost.
        ///
        /// # Errors
        ///
        /// As [`recv`](Self::recv).
        ///
        /// # Cancel safety
        ///
        /// As [`recv`](Self::recv).
        pub async fn recv_buf_from<B: bytes::BufMut>(
            &self,
            buf: &mut B,
        ) -> std::io::Result<(usize, $address)> {
            self.socket()
                .async_io($crate::io::Interest::READABLE, |socket| {
                    $crate::net::datagram::receive_from(socket, buf)
                })
                .await
                .and_then($address_of)
        }

        /// As [`recv_buf_from`](Self::recv_buf_from), without waiting.
        ///
        /// # Errors
        ///
        /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) when nothing has arrived.
        pub fn try_recv_buf_from<B: bytes::BufMut>(
            &self,
            buf: &mut B,
        ) -> std::io::Result<(usize, $address)> {
            self.socket()
                .try_io($crate::io::Interest::READABLE, |socket| {
                    $crate::net::datagram::receive_from(socket, buf)
                })
                .and_then($address_of)
        }
    };
}

pub(crate) use datagram_methods;
