//! A listening TCP socket.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::task::{Context, Poll};

use plies_reactor::Direction;

use super::TcpStream;
use crate::io::Interest;
use crate::net::addr::{ToSocketAddrs, each_address};
use crate::net::socket::Socket;

/// A TCP socket that accepts connections.
///
/// # Examples
///
/// ```
/// use plies::io::{AsyncReadExt, AsyncWriteExt};
/// use plies::net::{TcpListener, TcpStream};
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let address = listener.local_addr()?;
/// let server = plies::spawn(async move {
///     let (mut stream, _) = listener.accept().await?;
///     stream.write_all(b"hello").await
/// });
///
/// let mut greeting = String::new();
/// TcpStream::connect(address).await?.read_to_string(&mut greeting).await?;
/// assert_eq!(greeting, "hello");
/// server.await??;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpListener {
    socket: Socket<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens on the first of the addresses that can be bound; port 0 picks a free port.
    ///
    /// `SO_REUSEADDR` is set, so that a restarted server gets its port back at once.
    ///
    /// # Errors
    ///
    /// When no address could be bound (the error is the last one), and when a host name is
    /// unknown.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        each_address(address, |address| async move {
            Self::new(mio::net::TcpListener::bind(address)?)
        })
        .await
    }

    pub(crate) fn new(listener: mio::net::TcpListener) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::new(listener)?,
        })
    }

    /// Waits for a connection and returns it with the address of its other side.
    ///
    /// # Errors
    ///
    /// When the process is out of file descriptors, the connection was reset before it could be
    /// accepted, or the runtime has shut down. The listener itself stays usable: a server goes
    /// on with the next connection, after a short pause if descriptors are short.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no connection.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let accept = self
            .socket
            .async_io(Interest::READABLE, mio::net::TcpListener::accept);
        let (stream, address) = accept.await?;
        Ok((TcpStream::new(stream)?, address))
    }

    /// The polled form of [`accept`](Self::accept): only the task of the last call is woken.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        self.socket.poll_io(cx, Direction::Read, |listener| {
            let (stream, address) = listener.accept()?;
            Ok((TcpStream::new(stream)?, address))
        })
    }

    /// Takes over a listener of the standard library, which must be in non-blocking mode.
    ///
    /// # Errors
    ///
    /// When the listener is in blocking mode: call `set_nonblocking(true)` on it first.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self> {
        crate::net::socket::check_nonblocking(&listener)?;
        Self::new(mio::net::TcpListener::from_std(listener))
    }

    /// Gives the listener to the standard library; it stays in non-blocking mode.
    ///
    /// # Errors
    ///
    /// None; the type is tokio's.
    pub fn into_std(self) -> io::Result<std::net::TcpListener> {
        Ok(std::net::TcpListener::from(OwnedFd::from(
            self.socket.into_inner(),
        )))
    }

    /// The address that the listener is bound to.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr()
    }

    /// How many hops its packets may take.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket.get().ttl()
    }

    /// Sets how many hops its packets may take.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the value.
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        self.socket.get().set_ttl(hops)
    }
}

impl TryFrom<std::net::TcpListener> for TcpListener {
    type Error = io::Error;

    /// As [`TcpListener::from_std`].
    fn try_from(listener: std::net::TcpListener) -> io::Result<Self> {
        Self::from_std(listener)
    }
}

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get().as_fd()
    }
}

impl AsRawFd for TcpListener {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.get().as_raw_fd()
    }
}
