//! A listening Unix socket.

use std::io;
use std::path::Path;

use super::{SocketAddr, UnixStream};
use crate::net::accept::accept_methods;
use crate::net::convert::std_conversions;
use crate::net::socket::Socket;

/// A Unix socket that accepts connections.
///
/// The file that it is bound to stays when the listener is dropped: whoever binds to the same path
/// again has to remove it first.
///
/// # Examples
///
/// ```
/// use plies::io::{AsyncReadExt, AsyncWriteExt};
/// use plies::net::{UnixListener, UnixStream};
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let path = std::env::temp_dir().join(format!("plies-listener-{}", std::process::id()));
/// let listener = UnixListener::bind(&path)?;
/// let server = plies::spawn(async move {
///     let (mut stream, _) = listener.accept().await?;
///     stream.write_all(b"hello").await
/// });
///
/// let mut greeting = String::new();
/// UnixStream::connect(&path).await?.read_to_string(&mut greeting).await?;
/// assert_eq!(greeting, "hello");
/// server.await??;
/// std::fs::remove_file(path)
/// # }
/// ```
#[derive(Debug)]
pub struct UnixListener {
    socket: Socket<mio::net::UnixListener>,
}

impl UnixListener {
    /// Listens at a path, for which a file is made.
    ///
    /// # Errors
    ///
    /// When the file exists, even if no process listens there any more, when it cannot be made,
    /// and when the path is too long for an address (107 bytes on Linux).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::bind_addr(&SocketAddr::of_path(path.as_ref())?)
    }

    /// Listens at an address.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn bind_addr(address: &SocketAddr) -> io::Result<Self> {
        Self::new(mio::net::UnixListener::bind_addr(address.as_std())?)
    }

    #[track_caller]
    pub(super) fn new(listener: mio::net::UnixListener) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::new(listener)?,
        })
    }

    accept_methods!(mio::net::UnixListener, UnixStream, SocketAddr);

    /// The address that the listener is bound to.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr().map(SocketAddr::from)
    }

    /// Takes the error that the socket holds, if any, and clears it.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.get().take_error()
    }
}

std_conversions!(
    UnixListener,
    mio::net::UnixListener,
    std::os::unix::net::UnixListener
);
