//! Descriptors.

use std::io;
pub(crate) use std::os::fd::AsFd;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use crate::handle::Handle;

/// What a source is to the selector.
pub(crate) type Descriptor = RawFd;

pub(crate) fn descriptor<S: AsFd>(source: &S) -> Descriptor {
    source.as_fd().as_raw_fd()
}

/// The selector's own descriptor: readable while events wait in it.
///
/// It is for watching, from another selector; it cannot be read.
impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.shared.registrar.as_fd()
    }
}

/// Puts a descriptor into non-blocking mode.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the descriptor is open while it is borrowed; no pointer is passed.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    if flags < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: as above.
    let set = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) };
    if set < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Whether there is something to read from a descriptor, without reading it.
pub(crate) fn is_readable(fd: BorrowedFd<'_>) -> bool {
    let mut poll = libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one entry is passed, which lives through the call.
    let found = unsafe { libc::poll(&mut poll, 1, 0) };
    found > 0 && poll.revents & libc::POLLIN != 0
}
