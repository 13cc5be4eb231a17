//! A connection between two processes of one host.

use std::io;
use std::path::Path;

use super::SocketAddr;
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::UCred;
use crate::net::convert::std_conversions;
use crate::net::readiness::{
    operation_methods, poll_readable_method, poll_writable_method, ready_method,
};
use crate::net::socket::{Socket, Stream};
use crate::net::stream::{async_read, async_write, read_methods, write_methods};

/// A connection between two processes of one host.
///
/// Read and write it through tokio's [`AsyncRead`](tokio::io::AsyncRead) and
/// [`AsyncWrite`](tokio::io::AsyncWrite), or through the `try_` methods after `readable` and
/// `writable`. Both directions can be used at once: within one task by [`split`](Self::split), from
/// two by [`into_split`](Self::into_split).
///
/// # Examples
///
/// ```
/// use plies::io::{AsyncReadExt, AsyncWriteExt};
/// use plies::net::UnixStream;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (mut one, mut other) = UnixStream::pair()?;
/// one.write_all(b"ping").await?;
/// let mut request = [0; 4];
/// other.read_exact(&mut request).await?;
/// assert_eq!(&request, b"ping");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UnixStream {
    pub(super) socket: Socket<mio::net::UnixStream>,
}

impl UnixStream {
    /// Connects to the socket that listens at a path.
    ///
    /// # Errors
    ///
    /// When nobody listens there, or the listener's queue is full
    /// ([`WouldBlock`](io::ErrorKind::WouldBlock): try again later).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection that was being made.
    pub async fn connect<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let address = SocketAddr::of_path(path.as_ref())?;
        Self::connect_addr(&address).await
    }

    /// Connects to the socket that listens at an address.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    ///
    /// # Cancel safety
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_addr(address: &SocketAddr) -> io::Result<Self> {
        Self::connected(mio::net::UnixStream::connect_addr(address.as_std())?).await
    }

    /// Waits until a connection that is being made stands, or has failed.
    pub(super) async fn connected(connecting: mio::net::UnixStream) -> io::Result<Self> {
        let stream = Self::new(connecting)?;
        stream.socket.connected().await?;
        Ok(stream)
    }

    #[track_caller]
    pub(super) fn new(stream: mio::net::UnixStream) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::new(stream)?,
        })
    }

    /// Two streams that are connected with each other and have no address.
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
        let (one, other) = mio::net::UnixStream::pair()?;
        Ok((Self::new(one)?, Self::new(other)?))
    }

    ready_method!();
    read_methods!();
    write_methods!();
    poll_readable_method!(poll_read_ready);
    poll_writable_method!(poll_write_ready);
    operation_methods!(mio::net::UnixStream);

    /// The address of this side; unnamed on the side that connected, unless it was bound.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr().map(SocketAddr::from)
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// When the stream is no longer connected.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().peer_addr().map(SocketAddr::from)
    }

    /// The process at the other side, as it was when it connected or began to listen.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn peer_cred(&self) -> io::Result<UCred> {
        UCred::of_peer(self)
    }
}

impl Stream for mio::net::UnixStream {
    // A read stops after bytes that descriptors were sent with.
    const SHORT_READ_MEANS_DRY: bool = false;
}

async_read!(UnixStream);
async_write!(UnixStream);

impl AsRef<Self> for UnixStream {
    fn as_ref(&self) -> &Self {
        self
    }
}

std_conversions!(
    UnixStream,
    mio::net::UnixStream,
    std::os::unix::net::UnixStream
);
