//! The address of a Unix socket.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net;
use std::path::Path;

use socket2::SockAddr;

/// The address of a Unix socket: a path, an abstract name, or none.
///
/// # Examples
///
/// ```
/// use plies::net::UnixStream;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (stream, _other) = UnixStream::pair()?;
/// let address = stream.peer_addr()?;
/// assert!(address.is_unnamed());
/// assert_eq!(address.as_pathname(), None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SocketAddr(net::SocketAddr);

impl SocketAddr {
    /// Whether the socket was never bound.
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.0.is_unnamed()
    }

    /// The path that the socket is bound to, if it is bound to one.
    #[must_use]
    pub fn as_pathname(&self) -> Option<&Path> {
        self.0.as_pathname()
    }

    /// The abstract name that the socket is bound to, without the leading zero byte, if it is
    /// bound to one.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[must_use]
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        #[cfg(target_os = "android")]
        use std::os::android::net::SocketAddrExt;
        #[cfg(target_os = "linux")]
        use std::os::linux::net::SocketAddrExt;

        self.0.as_abstract_name()
    }

    pub(super) fn as_std(&self) -> &net::SocketAddr {
        &self.0
    }

    /// The address that `path` stands for.
    pub(super) fn of_path(path: &Path) -> io::Result<Self> {
        #[cfg(target_os = "android")]
        use std::os::android::net::SocketAddrExt;
        #[cfg(target_os = "linux")]
        use std::os::linux::net::SocketAddrExt;

        match path.as_os_str().as_bytes() {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            [0, name @ ..] => net::SocketAddr::from_abstract_name(name),
            _ => net::SocketAddr::from_pathname(path),
        }
        .map(Self)
    }

    /// The address that `path` stands for, as socket2 takes it.
    pub(super) fn to_socket2(path: &Path) -> io::Result<SockAddr> {
        // The standard library checks more, so that a bad path is told in the same words everywhere.
        Self::of_path(path)?;
        SockAddr::unix(path)
    }

    /// The address that socket2 received.
    pub(super) fn received(address: &SockAddr) -> io::Result<Self> {
        match address.as_unix() {
            Some(address) => Ok(Self(address)),
            // For a sender that was never bound the system leaves it empty, without a family.
            None => net::SocketAddr::from_pathname("").map(Self),
        }
    }
}

impl std::fmt::Debug for SocketAddr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<net::SocketAddr> for SocketAddr {
    fn from(address: net::SocketAddr) -> Self {
        Self(address)
    }
}

impl From<SocketAddr> for net::SocketAddr {
    fn from(address: SocketAddr) -> Self {
        address.0
    }
}
