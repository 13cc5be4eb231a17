//! The halves of a TCP stream.

use super::TcpStream;
use std::net::SocketAddr;

crate::net::halves::halves!(TcpStream, mio::net::TcpStream, SocketAddr);
