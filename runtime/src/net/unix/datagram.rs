//! Datagrams between processes of one host.

use std::io;
use std::net::Shutdown;
use std::path::Path;
use std::task::{Context, Poll};

use plies_reactor::Direction;
use socket2::{SockAddr, SockRef};

use super::SocketAddr;
use crate::io::Interest;
use crate::net::convert::std_conversions;
use crate::net::datagram::datagram_methods;
use crate::net::readiness::operation_methods;
use crate::net::socket::Socket;

/// A socket for datagrams between processes of one host.
///
/// Unlike UDP's, none is lost or overtaken: a sender waits while the receiver's queue is full. The
/// file that the socket is bound to stays when it is dropped.
///
/// # Examples
///
/// ```
/// use plies::net::UnixDatagram;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (one, other) = UnixDatagram::pair()?;
/// one.send(b"ping").await?;
/// let mut buf = [0; 16];
/// let length = other.recv(&mut buf).await?;
/// assert_eq!(&buf[..length], b"ping");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UnixDatagram {
    socket: Socket<mio::net::UnixDatagram>,
}

impl UnixDatagram {
    /// A socket that is bound to a path, for which a file is made.
    ///
    /// # Errors
    ///
    /// When the file exists or cannot be made, and when the path is too long for an address.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let address = SocketAddr::of_path(path.as_ref())?;
        Self::new(mio::net::UnixDatagram::bind_addr(address.as_std())?)
    }

    /// Two sockets that are connected with each other and have no address.
    ///
    /// # Errors
    ///
    /// When too many descriptors are open.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = mio::net::UnixDatagram::pair()?;
        Ok((Self::new(one)?, Self::new(other)?))
    }

    /// A socket without an address: it can send, and nobody can answer.
    ///
    /// # Errors
    ///
    /// When too many descriptors are open.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn unbound() -> io::Result<Self> {
        Self::new(mio::net::UnixDatagram::unbound()?)
    }

    #[track_caller]
    pub(super) fn new(socket: mio::net::UnixDatagram) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::new(socket)?,
        })
    }

    /// Fixes the address that [`send`](Self::send) sends to, and from which alone datagrams are
    /// received.
    ///
    /// # Errors
    ///
    /// When no socket is bound to the path.
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        let address = SocketAddr::to_socket2(path.as_ref())?;
        self.socket.options().connect(&address)
    }

    datagram_methods!(SocketAddr, with_address);
    operation_methods!(mio::net::UnixDatagram);

    /// Sends a datagram to the socket that is bound to a path; returns its length.
    ///
    /// While the receiver's queue is full this waits. Linux tells of room when a datagram of this
    /// socket is received, not one of others: where many send to one receiver at a time,
    /// [`connect`](Self::connect) and [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// When no socket is bound there, or the datagram is too long.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it is ready, nothing was sent.
    pub async fn send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        let target = SocketAddr::to_socket2(target.as_ref())?;
        self.socket
            .async_io(Interest::WRITABLE, |socket| send_to(socket, buf, &target))
            .await
    }

    /// The polled form of [`send_to`](Self::send_to): only the task of the last call is woken.
    pub fn poll_send_to<P: AsRef<Path>>(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: P,
    ) -> Poll<io::Result<usize>> {
        let target = SocketAddr::to_socket2(target.as_ref())?;
        self.socket
            .poll_io(cx, Direction::Write, |socket| send_to(socket, buf, &target))
    }

    /// As [`send_to`](Self::send_to), without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when there is no room now.
    pub fn try_send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        let target = SocketAddr::to_socket2(target.as_ref())?;
        self.socket
            .try_io(Interest::WRITABLE, |socket| send_to(socket, buf, &target))
    }

    /// The address that the socket is bound to, if any.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr().map(SocketAddr::from)
    }

    /// The address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// When it is not connected.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().peer_addr().map(SocketAddr::from)
    }

    /// Closes one direction or both: nothing more is received, or sent.
    ///
    /// # Errors
    ///
    /// When the socket is not connected.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.get().shutdown(how)
    }
}

/// What was received, with the address of a Unix socket.
fn with_address((length, sender): (usize, SockAddr)) -> io::Result<(usize, SocketAddr)> {
    Ok((length, SocketAddr::received(&sender)?))
}

fn send_to(socket: &mio::net::UnixDatagram, buf: &[u8], target: &SockAddr) -> io::Result<usize> {
    SockRef::from(socket).send_to(buf, target)
}

std_conversions!(
    UnixDatagram,
    mio::net::UnixDatagram,
    std::os::unix::net::UnixDatagram
);
