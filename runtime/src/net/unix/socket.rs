//! A Unix socket before it listens, connects or sends.

use std::io;
use std::path::Path;

use socket2::{Domain, Type};

use super::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use crate::net::convert::raw_conversions;

/// A Unix socket that has yet to become a [`UnixListener`], a [`UnixStream`] or a
/// [`UnixDatagram`].
///
/// Those have constructors that do for most uses. Take this where a listener's backlog matters, or a
/// connection is to start from a certain address.
///
/// # Examples
///
/// ```
/// use plies::net::UnixSocket;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let path = std::env::temp_dir().join(format!("plies-socket-{}", std::process::id()));
/// let socket = UnixSocket::new_stream()?;
/// socket.bind(&path)?;
/// let listener = socket.listen(64)?;
/// let stream = UnixSocket::new_stream()?.connect(&path).await?;
/// assert_eq!(stream.peer_addr()?.as_pathname(), Some(&*path));
/// std::fs::remove_file(path)
/// # }
/// ```
#[derive(Debug)]
pub struct UnixSocket {
    socket: socket2::Socket,
}

impl UnixSocket {
    /// A socket for datagrams.
    ///
    /// # Errors
    ///
    /// When too many descriptors are open.
    pub fn new_datagram() -> io::Result<Self> {
        Self::new(Type::DGRAM)
    }

    /// A socket for streams.
    ///
    /// # Errors
    ///
    /// When too many descriptors are open.
    pub fn new_stream() -> io::Result<Self> {
        Self::new(Type::STREAM)
    }

    fn new(kind: Type) -> io::Result<Self> {
        let socket = socket2::Socket::new(Domain::UNIX, kind, None)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket })
    }

    /// Binds the socket to a path, for which a file is made.
    ///
    /// # Errors
    ///
    /// When the file exists or cannot be made, and when the path is too long for an address.
    pub fn bind(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.socket.bind(&SocketAddr::to_socket2(path.as_ref())?)
    }

    /// Starts to listen; at most `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// When it is a datagram socket, or not bound.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener> {
        self.require(
            Type::STREAM,
            "only a stream socket can listen: make it by `new_stream`",
        )?;
        self.socket
            .listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        UnixListener::new(mio::net::UnixListener::from_std(self.socket.into()))
    }

    /// Connects to the socket that listens at a path.
    ///
    /// # Errors
    ///
    /// When it is a datagram socket, nobody listens at the path, or the listener's queue is full
    /// ([`WouldBlock`](io::ErrorKind::WouldBlock): try again later).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the socket.
    pub async fn connect(self, path: impl AsRef<Path>) -> io::Result<UnixStream> {
        self.require(
            Type::STREAM,
            "only a stream socket can connect: make it by `new_stream`",
        )?;
        self.socket
            .connect(&SocketAddr::to_socket2(path.as_ref())?)?;
        UnixStream::connected(mio::net::UnixStream::from_std(self.socket.into())).await
    }

    /// Makes it the datagram socket that it is.
    ///
    /// # Errors
    ///
    /// When it is a stream socket.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn datagram(self) -> io::Result<UnixDatagram> {
        self.require(
            Type::DGRAM,
            "it is a stream socket: make it by `new_datagram`",
        )?;
        UnixDatagram::new(mio::net::UnixDatagram::from_std(self.socket.into()))
    }

    fn require(&self, kind: Type, advice: &str) -> io::Result<()> {
        if self.socket.r#type()? == kind {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, advice))
    }
}

raw_conversions!(UnixSocket);
