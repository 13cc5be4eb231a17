//! TCP, UDP and Unix sockets, pipes, and name lookup.
//!
//! Names, signatures and semantics are tokio's, and the sockets implement tokio's I/O traits, so
//! code moves over by its path.
//!
//! Two things differ underneath. A socket joins a reactor at its first operation that has to
//! wait, with the reactor of the worker that polls it then: a connection whose data is already
//! there costs no registration, and a task finds its sockets where it runs. And operations spend
//! the task's [budget](crate::task::coop), as tokio's do, so that a socket that is always ready
//! cannot keep a worker to itself.

mod accept;
mod addr;
mod convert;
mod datagram;
mod halves;
mod options;
mod readiness;
mod socket;
mod stream;
pub mod tcp;
mod udp;
pub mod unix;

pub use addr::{ToSocketAddrs, lookup_host};
pub use tcp::{TcpListener, TcpSocket, TcpStream};
pub use udp::UdpSocket;
pub use unix::datagram::UnixDatagram;
pub use unix::listener::UnixListener;
pub use unix::socket::UnixSocket;
pub use unix::stream::UnixStream;
