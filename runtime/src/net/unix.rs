//! What only Unix has: addresses that are paths, credentials, halves of streams, and pipes.
//!
//! Wherever the path of a socket is asked for, one that begins with a zero byte is a name in
//! Linux's abstract name space, which no file stands for.

mod address;
mod credentials;
pub(super) mod datagram;
pub(super) mod listener;
pub mod pipe;
pub(super) mod socket;
mod split;
pub(super) mod stream;

pub use address::SocketAddr;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use credentials::UCred;
pub use split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};

use datagram::UnixDatagram;
use listener::UnixListener;
use stream::UnixStream;

/// The number of a user.
#[allow(non_camel_case_types)] // The name of the system, and of tokio.
pub type uid_t = u32;

/// The number of a group of users.
#[allow(non_camel_case_types)] // As above.
pub type gid_t = u32;

/// The number of a process or of a group of processes.
#[allow(non_camel_case_types)] // As above.
pub type pid_t = i32;
