//! Taking over descriptors of pipes, and giving them away.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;

/// Which end of a pipe a descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Sender,
    Receiver,
}

/// Checks that `file` is the end of a pipe.
pub(super) fn check_pipe(file: &File) -> io::Result<()> {
    if file.metadata()?.file_type().is_fifo() {
        return Ok(());
    }
    Err(invalid("the file is not a pipe"))
}

/// Checks that `file` is this end of a pipe, and puts it into non-blocking mode.
pub(super) fn take_over(file: File, end: End) -> io::Result<OwnedFd> {
    check_pipe(&file)?;
    let mode = flags(&file)? & libc::O_ACCMODE;
    match end {
        End::Sender if mode == libc::O_RDONLY => Err(invalid("the pipe is not open for writing")),
        End::Receiver if mode == libc::O_WRONLY => Err(invalid("the pipe is not open for reading")),
        _ => {
            set_nonblocking(&file, true)?;
            Ok(file.into())
        }
    }
}

/// Turns the non-blocking mode of a descriptor on or off.
pub(super) fn set_nonblocking(fd: &impl AsFd, nonblocking: bool) -> io::Result<()> {
    let before = flags(fd)?;
    let after = if nonblocking {
        before | libc::O_NONBLOCK
    } else {
        before & !libc::O_NONBLOCK
    };
    if after == before {
        return Ok(());
    }
    // SAFETY: the descriptor is open while it is borrowed; no pointer is passed.
    check(unsafe { libc::fcntl(fd.as_fd().as_raw_fd(), libc::F_SETFL, after) }).map(drop)
}

fn flags(fd: &impl AsFd) -> io::Result<libc::c_int> {
    // SAFETY: as above.
    check(unsafe { libc::fcntl(fd.as_fd().as_raw_fd(), libc::F_GETFL) })
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// Conversions of `$end`, a wrapper of `Socket<$source>`, from and to files and descriptors.
macro_rules! descriptor_conversions {
    ($end:ident, $source:ty) => {
        impl $end {
            #[track_caller]
            pub(super) fn new(source: $source) -> std::io::Result<Self> {
                Ok(Self {
                    socket: $crate::net::socket::Socket::new(source)?,
                })
            }

            /// Takes over an open file; its descriptor is put into non-blocking mode.
            ///
            /// # Errors
            ///
            /// When it is not a pipe, or not open in the direction of this end.
            ///
            /// # Panics
            ///
            /// When there is no current runtime.
            #[track_caller]
            pub fn from_file(file: std::fs::File) -> std::io::Result<Self> {
                let end = $crate::net::unix::pipe::descriptor::End::$end;
                let descriptor = $crate::net::unix::pipe::descriptor::take_over(file, end)?;
                Self::from_owned_fd_unchecked(descriptor)
            }

            /// As [`from_file`](Self::from_file), of a descriptor.
            ///
            /// # Errors
            ///
            /// As [`from_file`](Self::from_file).
            ///
            /// # Panics
            ///
            /// When there is no current runtime.
            #[track_caller]
            pub fn from_owned_fd(descriptor: std::os::fd::OwnedFd) -> std::io::Result<Self> {
                Self::from_file(descriptor.into())
            }

            /// Takes over an open file that is known to be this end of a pipe in non-blocking
            /// mode: nothing of that is checked.
            ///
            /// What is not one gives errors when it is used, or blocks the worker.
            ///
            /// # Errors
            ///
            /// None; the type is tokio's.
            ///
            /// # Panics
            ///
            /// When there is no current runtime.
            #[track_caller]
            pub fn from_file_unchecked(file: std::fs::File) -> std::io::Result<Self> {
                Self::from_owned_fd_unchecked(file.into())
            }

            /// As [`from_file_unchecked`](Self::from_file_unchecked), of a descriptor.
            ///
            /// # Errors
            ///
            /// None; the type is tokio's.
            ///
            /// # Panics
            ///
            /// When there is no current runtime.
            #[track_caller]
            pub fn from_owned_fd_unchecked(
                descriptor: std::os::fd::OwnedFd,
            ) -> std::io::Result<Self> {
                Self::new(<$source>::from(descriptor))
            }

            /// Gives the descriptor away in blocking mode, as child processes expect it.
            ///
            /// The mode belongs to the pipe's end, not to the descriptor: duplicates share it.
            ///
            /// # Errors
            ///
            /// When the operating system refuses to change the mode.
            pub fn into_blocking_fd(self) -> std::io::Result<std::os::fd::OwnedFd> {
                let descriptor = self.into_nonblocking_fd()?;
                $crate::net::unix::pipe::descriptor::set_nonblocking(&descriptor, false)?;
                Ok(descriptor)
            }

            /// Gives the descriptor away in non-blocking mode.
            ///
            /// # Errors
            ///
            /// None; the type is tokio's.
            pub fn into_nonblocking_fd(self) -> std::io::Result<std::os::fd::OwnedFd> {
                Ok(self.socket.into_inner().into())
            }

            /// Runs an operation on the pipe, one of your own, that does not wait.
            ///
            /// `operation` has to return [`WouldBlock`](std::io::ErrorKind::WouldBlock) only when
            /// the pipe itself did: that is what clears the readiness.
            ///
            /// # Errors
            ///
            /// What `operation` returns, and `WouldBlock` without a call to it when the pipe is
            /// known not to be ready.
            pub fn try_io<R>(
                &self,
                operation: impl FnOnce() -> std::io::Result<R>,
            ) -> std::io::Result<R> {
                self.socket.try_io(Self::INTEREST, |_| operation())
            }

            fn socket(&self) -> &$crate::net::socket::Socket<$source> {
                &self.socket
            }
        }

        $crate::net::convert::descriptor!($end, socket.get());
    };
}

pub(super) use descriptor_conversions;
