//! The halves of a Unix stream.

use super::{SocketAddr, UnixStream};

crate::net::halves::halves!(UnixStream, mio::net::UnixStream, SocketAddr);
