//! A listening TCP socket.

use std::io;
use std::net::SocketAddr;

use super::TcpStream;
use crate::net::accept::accept_methods;
use crate::net::addr::{ToSocketAddrs, each_address};
use crate::net::convert::std_conversions;
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
    pub async fn bind<A: ToSocketAddrs>(address: A) -> io::Result<Self> {
        each_address(address, |address| async move {
            Self::new(mio::net::TcpListener::bind(address)?)
        })
        .await
    }

    #[track_caller]
    pub(crate) fn new(listener: mio::net::TcpListener) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::new(listener)?,
        })
    }

    accept_methods!(mio::net::TcpListener, TcpStream, SocketAddr);

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

std_conversions!(TcpListener, mio::net::TcpListener, std::net::TcpListener);
