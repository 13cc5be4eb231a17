//! UDP sockets.

mod options;
mod peek;

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use plies_reactor::Direction;
use socket2::SockAddr;

use crate::io::Interest;
use crate::net::addr::{ToSocketAddrs, each_address, no_address, resolve};
use crate::net::convert::std_conversions;
use crate::net::datagram::datagram_methods;
use crate::net::readiness::operation_methods;
use crate::net::socket::Socket;

/// A UDP socket.
///
/// One that is bound exchanges datagrams with anybody, through [`send_to`](Self::send_to) and
/// [`recv_from`](Self::recv_from); one that is also [connected](Self::connect) with one address
/// only, through [`send`](Self::send) and [`recv`](Self::recv). All methods take `&self`: to use
/// the socket from several tasks, put it into an [`Arc`](std::sync::Arc).
///
/// # Examples
///
/// ```
/// use plies::net::UdpSocket;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let server = UdpSocket::bind("127.0.0.1:0").await?;
/// let client = UdpSocket::bind("127.0.0.1:0").await?;
/// client.connect(server.local_addr()?).await?;
/// client.send(b"ping").await?;
///
/// let mut buf = [0; 16];
/// let (length, sender) = server.recv_from(&mut buf).await?;
/// server.send_to(&buf[..length], sender).await?;
/// assert_eq!(client.recv(&mut buf).await?, 4);
/// assert_eq!(&buf[..4], b"ping");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UdpSocket {
    socket: Socket<mio::net::UdpSocket>,
}

impl UdpSocket {
    /// Binds to the first of the addresses that can be bound; port 0 picks a free port.
    ///
    /// # Errors
    ///
    /// When no address could be bound (the error is the last one), and when a host name is
    /// unknown.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    pub async fn bind<A: ToSocketAddrs>(address: A) -> io::Result<Self> {
        each_address(address, |address| async move {
            Self::new(mio::net::UdpSocket::bind(address)?)
        })
        .await
    }

    #[track_caller]
    fn new(socket: mio::net::UdpSocket) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::new(socket)?,
        })
    }

    /// Fixes the address that [`send`](Self::send) sends to, and from which alone datagrams are
    /// received: the first one that the operating system accepts.
    ///
    /// # Errors
    ///
    /// When it accepts none (the error is the last one), and when a host name is unknown.
    ///
    /// # Cancel safety
    ///
    /// Only the look-up of a name waits: dropped there, the future has changed nothing.
    pub async fn connect<A: ToSocketAddrs>(&self, address: A) -> io::Result<()> {
        each_address(address, |address| async move {
            self.socket.get().connect(address)
        })
        .await
    }

    datagram_methods!(SocketAddr, with_address);
    operation_methods!(mio::net::UdpSocket);

    /// Sends a datagram to the first address of `target`; returns its length.
    ///
    /// # Errors
    ///
    /// When the datagram is too long, the address is of the other IP version or cannot be reached,
    /// or a host name is unknown.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it is ready, nothing was sent.
    pub async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], target: A) -> io::Result<usize> {
        let addresses = resolve(&target).await?;
        let target = *addresses.first().ok_or_else(no_address)?;
        self.socket
            .async_io(Interest::WRITABLE, |socket| socket.send_to(buf, target))
            .await
    }

    /// The polled form of [`send_to`](Self::send_to): only the task of the last call is woken.
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.socket
            .poll_io(cx, Direction::Write, |socket| socket.send_to(buf, target))
    }

    /// As [`send_to`](Self::send_to), without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when there is no room now.
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.socket
            .try_io(Interest::WRITABLE, |socket| socket.send_to(buf, target))
    }

    /// The address that the socket is bound to.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr()
    }

    /// The address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// When it is not connected.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().peer_addr()
    }
}

/// What was received, with an IP address.
fn with_address((length, sender): (usize, SockAddr)) -> io::Result<(usize, SocketAddr)> {
    Ok((length, ip_address(&sender)?))
}

fn ip_address(address: &SockAddr) -> io::Result<SocketAddr> {
    let message = "the sender has no IP address";
    address
        .as_socket()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, message))
}

std_conversions!(UdpSocket, mio::net::UdpSocket, std::net::UdpSocket);
