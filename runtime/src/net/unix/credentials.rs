//! Who is at the other side of a Unix stream.
#![cfg(any(target_os = "linux", target_os = "android"))]

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use super::{gid_t, pid_t, uid_t};

/// The process at the other side of a Unix stream, as it was when the connection was made.
///
/// Returned by [`UnixStream::peer_cred`](crate::net::UnixStream::peer_cred).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UCred {
    pid: Option<pid_t>,
    uid: uid_t,
    gid: gid_t,
}

impl UCred {
    /// The user that the process ran as.
    #[must_use]
    pub fn uid(&self) -> uid_t {
        self.uid
    }

    /// The group that the process ran as.
    #[must_use]
    pub fn gid(&self) -> gid_t {
        self.gid
    }

    /// The process, where the operating system says.
    #[must_use]
    pub fn pid(&self) -> Option<pid_t> {
        self.pid
    }

    pub(super) fn of_peer(socket: &impl AsFd) -> io::Result<Self> {
        let mut found = libc::ucred {
            pid: 0,
            uid: 0,
            gid: 0,
        };
        let mut length = size_of::<libc::ucred>() as libc::socklen_t;
        // SAFETY: the descriptor is open while it is borrowed; the system writes at most `length`
        // bytes to `found`, which is that long and holds only integers.
        let result = unsafe {
            libc::getsockopt(
                socket.as_fd().as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PEERCRED,
                (&raw mut found).cast(),
                &raw mut length,
            )
        };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            pid: Some(found.pid),
            uid: found.uid,
            gid: found.gid,
        })
    }
}
