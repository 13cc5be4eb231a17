//! A TCP socket before it listens or connects.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Protocol, Type};

use super::{TcpListener, TcpStream};
use crate::net::convert::raw_conversions;
use crate::net::options::{ip_options, socket_options};

/// A TCP socket that has yet to become a [`TcpListener`] or a [`TcpStream`].
///
/// [`TcpListener::bind`] and [`TcpStream::connect`] do for most uses. Take this where an option
/// has to be set first, or a connection is to start from a certain address.
///
/// # Examples
///
/// ```
/// use plies::net::TcpSocket;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let socket = TcpSocket::new_v4()?;
/// socket.set_reuseaddr(true)?;
/// socket.bind(([127, 0, 0, 1], 0).into())?;
/// let listener = socket.listen(1024)?;
///
/// let socket = TcpSocket::new_v4()?;
/// socket.set_nodelay(true)?;
/// let stream = socket.connect(listener.local_addr()?).await?;
/// assert!(stream.nodelay()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpSocket {
    socket: socket2::Socket,
}

impl TcpSocket {
    /// A socket for IPv4.
    ///
    /// # Errors
    ///
    /// When the operating system gives none: too many descriptors are open.
    pub fn new_v4() -> io::Result<Self> {
        Self::new(Domain::IPV4)
    }

    /// A socket for IPv6.
    ///
    /// # Errors
    ///
    /// When the operating system gives none: too many descriptors are open, or it has no IPv6.
    pub fn new_v6() -> io::Result<Self> {
        Self::new(Domain::IPV6)
    }

    fn new(domain: Domain) -> io::Result<Self> {
        let socket = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket })
    }

    /// Takes over a stream of the standard library that has not been connected yet and is in
    /// non-blocking mode: for crates that make such streams, socket2 among them.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies::net::TcpSocket;
    /// use socket2::{Domain, Socket, Type};
    ///
    /// let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    /// socket.set_nonblocking(true)?;
    /// let socket = TcpSocket::from_std_stream(socket.into());
    /// assert!(!socket.keepalive()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn from_std_stream(stream: std::net::TcpStream) -> Self {
        Self {
            socket: stream.into(),
        }
    }

    /// Binds the socket to an address of this host; port 0 picks a free port.
    ///
    /// # Errors
    ///
    /// When the address is in use, or is not of this host.
    pub fn bind(&self, address: SocketAddr) -> io::Result<()> {
        self.socket.bind(&address.into())
    }

    /// Connects to `address`.
    ///
    /// # Errors
    ///
    /// When nobody listens there, or nobody answers.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the socket.
    pub async fn connect(self, address: SocketAddr) -> io::Result<TcpStream> {
        match self.socket.connect(&address.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => return Err(error),
            _ => {}
        }
        let connecting = mio::net::TcpStream::from_std(self.socket.into());
        TcpStream::connected(connecting).await
    }

    /// Starts to listen; at most `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// When another socket listens at the address.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        self.socket
            .listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        TcpListener::new(mio::net::TcpListener::from_std(self.socket.into()))
    }

    /// The address that the socket is bound to.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket.local_addr()?;
        address.as_socket().ok_or_else(|| {
            let message = "the descriptor is not an IP socket: make a `TcpSocket` from one that is";
            io::Error::new(io::ErrorKind::InvalidInput, message)
        })
    }

    /// Takes the error that the socket holds, if any, and clears it.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }
}

/// The socket's options.
impl TcpSocket {
    socket_options! {
        reuseaddr, set_reuseaddr: bool = reuse_address, set_reuse_address;
        "whether it may bind to an address whose last connections are still in `TIME_WAIT`"
        reuseport, set_reuseport: bool = reuse_port, set_reuse_port;
        "whether several sockets may bind to its address and share the connections"
        keepalive, set_keepalive: bool = keepalive, set_keepalive;
        "whether an idle connection is probed (`SO_KEEPALIVE`)"
        nodelay, set_nodelay: bool = tcp_nodelay, set_tcp_nodelay;
        "whether small writes are sent at once, instead of collected (Nagle's algorithm)"
    }
    ip_options!();

    /// The size of the buffer for what is to be sent, in bytes.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn send_buffer_size(&self) -> io::Result<u32> {
        self.socket.send_buffer_size().map(saturate)
    }

    /// Asks for a size of the buffer for what is to be sent, in bytes.
    ///
    /// The operating system takes it as advice: Linux doubles it and keeps it within its limits.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the value.
    pub fn set_send_buffer_size(&self, bytes: u32) -> io::Result<()> {
        self.socket.set_send_buffer_size(bytes as usize)
    }

    /// The size of the buffer for what was received, in bytes.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn recv_buffer_size(&self) -> io::Result<u32> {
        self.socket.recv_buffer_size().map(saturate)
    }

    /// Asks for a size of the buffer for what was received, in bytes; see
    /// [`set_send_buffer_size`](Self::set_send_buffer_size).
    ///
    /// # Errors
    ///
    /// When the operating system refuses the value.
    pub fn set_recv_buffer_size(&self, bytes: u32) -> io::Result<()> {
        self.socket.set_recv_buffer_size(bytes as usize)
    }

    /// How long closing waits for unsent data; `None` leaves that to the background.
    ///
    /// # Errors
    ///
    /// When the operating system cannot say.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.socket.linger()
    }

    /// Sets how long closing waits for unsent data.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the value.
    #[deprecated = "a time above zero blocks the worker that drops the socket: use `set_zero_linger`"]
    pub fn set_linger(&self, limit: Option<Duration>) -> io::Result<()> {
        self.socket.set_linger(limit)
    }

    /// Makes closing discard unsent data and reset the connection at once.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.socket.set_linger(Some(Duration::ZERO))
    }
}

/// tokio's methods have 32 bits for sizes that the system keeps in the non-negative half of an int.
fn saturate(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

raw_conversions!(TcpSocket);
