//! Handing sockets over to the standard library and taking them over from it.

/// Conversions of `$socket`, a wrapper of `Socket<$source>` with a `new`, from and to `$std`.
macro_rules! std_conversions {
    ($socket:ident, $source:ty, $std:ty) => {
        impl $socket {
            /// Takes over a socket of the standard library, which must be in non-blocking mode.
            ///
            /// # Errors
            ///
            /// When it is in blocking mode: call `set_nonblocking(true)` on it first.
            ///
            /// # Panics
            ///
            /// When there is no current runtime.
            #[track_caller]
            pub fn from_std(socket: $std) -> std::io::Result<Self> {
                $crate::net::socket::check_nonblocking(&socket)?;
                Self::new(<$source>::from_std(socket))
            }

            /// Gives the socket to the standard library; it stays in non-blocking mode.
            ///
            /// # Errors
            ///
            /// None; the type is tokio's.
            pub fn into_std(self) -> std::io::Result<$std> {
                let descriptor = std::os::fd::OwnedFd::from(self.socket.into_inner());
                Ok(<$std>::from(descriptor))
            }
        }

        impl TryFrom<$std> for $socket {
            type Error = std::io::Error;

            /// As [`from_std`](Self::from_std).
            fn try_from(socket: $std) -> std::io::Result<Self> {
                Self::from_std(socket)
            }
        }

        $crate::net::convert::descriptor!($socket, socket.get());
    };
}

/// The descriptor of `$socket`, which is that of its `$field`.
macro_rules! descriptor {
    ($socket:ident, $($field:tt)+) => {
        impl std::os::fd::AsFd for $socket {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                self.$($field)+.as_fd()
            }
        }

        impl std::os::fd::AsRawFd for $socket {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                self.$($field)+.as_raw_fd()
            }
        }
    };
}

/// Conversions of `$socket`, a wrapper of a `socket2::Socket`, from and to a raw descriptor.
macro_rules! raw_conversions {
    ($socket:ident) => {
        $crate::net::convert::descriptor!($socket, socket);

        impl std::os::fd::IntoRawFd for $socket {
            fn into_raw_fd(self) -> std::os::fd::RawFd {
                self.socket.into_raw_fd()
            }
        }

        impl std::os::fd::FromRawFd for $socket {
            /// Takes over a descriptor, which must be a socket of this kind in non-blocking mode.
            unsafe fn from_raw_fd(fd: std::os::fd::RawFd) -> Self {
                // SAFETY: the caller hands over an open descriptor that nobody else owns.
                let socket = unsafe { socket2::Socket::from_raw_fd(fd) };
                Self { socket }
            }
        }
    };
}

pub(crate) use {descriptor, raw_conversions, std_conversions};
