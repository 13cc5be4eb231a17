//! A TCP connection.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::ReadBuf;

use crate::io::Interest;
use crate::net::addr::{ToSocketAddrs, each_address};
use crate::net::convert::std_conversions;
use crate::net::readiness::{
    operation_methods, poll_readable_method, poll_writable_method, ready_method,
};
use crate::net::socket::{Socket, Stream};
use crate::net::stream::{async_read, async_write, read_methods, write_methods};

/// A TCP connection.
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
/// use plies::net::{TcpListener, TcpStream};
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let address = listener.local_addr()?;
/// let mut client = TcpStream::connect(address).await?;
/// client.set_nodelay(true)?;
/// client.write_all(b"ping").await?;
///
/// let (mut server, _) = listener.accept().await?;
/// let mut request = [0; 4];
/// server.read_exact(&mut request).await?;
/// assert_eq!(&request, b"ping");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpStream {
    pub(super) socket: Socket<mio::net::TcpStream>,
}

impl TcpStream {
    /// Connects to the first of the addresses that answers.
    ///
    /// # Errors
    ///
    /// When no address could be connected to (the error is the last one), and when a host name is
    /// unknown.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection that was being made.
    pub async fn connect<A: ToSocketAddrs>(address: A) -> io::Result<Self> {
        each_address(address, |address| async move {
            Self::connected(mio::net::TcpStream::connect(address)?).await
        })
        .await
    }

    /// Waits until a connection that is being made stands, or has failed.
    pub(crate) async fn connected(connecting: mio::net::TcpStream) -> io::Result<Self> {
        let stream = Self::new(connecting)?;
        stream.socket.connected().await?;
        Ok(stream)
    }

    #[track_caller]
    pub(super) fn new(stream: mio::net::TcpStream) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::new(stream)?,
        })
    }

    ready_method!();
    read_methods!();
    write_methods!();
    poll_readable_method!(poll_read_ready);
    poll_writable_method!(poll_write_ready);
    operation_methods!(mio::net::TcpStream);

    /// Copies what is there to read into `buf`, and leaves it to be read again; returns how many
    /// bytes that was, zero at the end of the stream.
    ///
    /// # Errors
    ///
    /// When the connection has failed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket
            .async_io(Interest::READABLE, |stream| stream.peek(buf))
            .await
    }

    /// The polled form of [`peek`](Self::peek): only the task of the last call is woken.
    pub fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_peek(cx, buf)
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr()
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// When the stream is no longer connected.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().peer_addr()
    }
}

/// The socket's options.
impl TcpStream {
    /// Whether small writes are sent at once, instead of collected (Nagle's algorithm).
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.socket.get().nodelay()
    }

    /// Sets whether small writes are sent at once, instead of collected (Nagle's algorithm).
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.socket.get().set_nodelay(nodelay)
    }

    /// Whether acknowledgements are sent at once, until the kernel decides otherwise.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    #[cfg(target_os = "linux")]
    pub fn quickack(&self) -> io::Result<bool> {
        self.socket.options().tcp_quickack()
    }

    /// Sets whether acknowledgements are sent at once, until the kernel decides otherwise.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    #[cfg(target_os = "linux")]
    pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        self.socket.options().set_tcp_quickack(quickack)
    }

    /// How long closing waits for unsent data; `None` leaves that to the background.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.socket.options().linger()
    }

    /// Sets how long closing waits for unsent data.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the value.
    #[deprecated = "a time above zero blocks the worker that drops the stream: use `set_zero_linger`"]
    pub fn set_linger(&self, limit: Option<Duration>) -> io::Result<()> {
        self.socket.options().set_linger(limit)
    }

    /// Makes closing discard unsent data and reset the connection at once.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.socket.options().set_linger(Some(Duration::ZERO))
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

impl Stream for mio::net::TcpStream {
    const SHORT_READ_MEANS_DRY: bool = true;
}

async_read!(TcpStream);
async_write!(TcpStream);

std_conversions!(TcpStream, mio::net::TcpStream, std::net::TcpStream);
