//! The two directions of a stream as values of their own, borrowed or owned.

/// Defines `ReadHalf`, `WriteHalf`, `OwnedReadHalf`, `OwnedWriteHalf` and `ReuniteError` of
/// `$stream`, a wrapper of `Socket<$source>` with addresses of type `$address`.
macro_rules! halves {
    ($stream:ident, $source:ty, $address:ty) => {
        /// The reading direction of a borrowed stream.
        #[derive(Debug)]
        pub struct ReadHalf<'a>(&'a $stream);

        /// The writing direction of a borrowed stream.
        #[derive(Debug)]
        pub struct WriteHalf<'a>(&'a $stream);

        /// The reading direction of a stream that is shared with the [`OwnedWriteHalf`].
        #[derive(Debug)]
        pub struct OwnedReadHalf {
            stream: std::sync::Arc<$stream>,
        }

        /// The writing direction of a stream that is shared with the [`OwnedReadHalf`].
        ///
        /// Dropping it closes the direction, as `shutdown` does; [`forget`](Self::forget) drops it
        /// and leaves the direction open.
        #[derive(Debug)]
        pub struct OwnedWriteHalf {
            stream: std::sync::Arc<$stream>,
            shutdown_on_drop: bool,
        }

        impl $stream {
            /// Borrows the stream as its two directions, for use within one task.
            pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
                (ReadHalf(self), WriteHalf(self))
            }

            /// Turns the stream into its two directions, which can go to different tasks.
            ///
            /// The stream is closed when both are gone; [`OwnedReadHalf::reunite`] puts them
            /// together again.
            pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
                let stream = std::sync::Arc::new(self);
                let read = OwnedReadHalf {
                    stream: stream.clone(),
                };
                (
                    read,
                    OwnedWriteHalf {
                        stream,
                        shutdown_on_drop: true,
                    },
                )
            }
        }

        impl ReadHalf<'_> {
            $crate::net::readiness::ready_method!();
            $crate::net::stream::read_methods!();
            $crate::net::halves::address_methods!($source, $address, 0);
        }

        impl WriteHalf<'_> {
            $crate::net::readiness::ready_method!();
            $crate::net::stream::write_methods!();
            $crate::net::halves::address_methods!($source, $address, 0);
        }

        impl OwnedReadHalf {
            $crate::net::readiness::ready_method!();
            $crate::net::stream::read_methods!();
            $crate::net::halves::address_methods!($source, $address, stream);

            /// Puts the two halves of one stream together again.
            ///
            /// # Errors
            ///
            /// When they are halves of different streams; the error gives them back.
            pub fn reunite(self, other: OwnedWriteHalf) -> Result<$stream, ReuniteError> {
                if std::sync::Arc::ptr_eq(&self.stream, &other.stream) {
                    other.forget();
                    let alone = std::sync::Arc::into_inner(self.stream);
                    Ok(alone.expect("a stream has one half for each direction"))
                } else {
                    Err(ReuniteError(self, other))
                }
            }
        }

        impl OwnedWriteHalf {
            $crate::net::readiness::ready_method!();
            $crate::net::stream::write_methods!();
            $crate::net::halves::address_methods!($source, $address, stream);

            /// Puts the two halves of one stream together again.
            ///
            /// # Errors
            ///
            /// When they are halves of different streams; the error gives them back.
            pub fn reunite(self, other: OwnedReadHalf) -> Result<$stream, ReuniteError> {
                other.reunite(self)
            }

            /// Drops the half and leaves its direction open.
            pub fn forget(mut self) {
                self.shutdown_on_drop = false;
            }
        }

        impl Drop for OwnedWriteHalf {
            fn drop(&mut self) {
                if self.shutdown_on_drop {
                    // Nobody is left to hear that the other side was faster to close.
                    let _ = self.socket().options().shutdown(std::net::Shutdown::Write);
                }
            }
        }

        impl AsRef<$stream> for ReadHalf<'_> {
            fn as_ref(&self) -> &$stream {
                self.0
            }
        }

        impl AsRef<$stream> for WriteHalf<'_> {
            fn as_ref(&self) -> &$stream {
                self.0
            }
        }

        impl AsRef<$stream> for OwnedReadHalf {
            fn as_ref(&self) -> &$stream {
                &self.stream
            }
        }

        impl AsRef<$stream> for OwnedWriteHalf {
            fn as_ref(&self) -> &$stream {
                &self.stream
            }
        }

        $crate::net::stream::async_read!(ReadHalf<'_>, OwnedReadHalf);
        $crate::net::stream::async_write!(WriteHalf<'_>, OwnedWriteHalf);

        /// Two halves that are not of one stream, given back.
        #[derive(Debug)]
        pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

        impl std::fmt::Display for ReuniteError {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the halves are not of one stream: reunite those of one `into_split`")
            }
        }

        impl std::error::Error for ReuniteError {}
    };
}

/// What every half knows of its stream.
macro_rules! address_methods {
    ($source:ty, $address:ty, $stream:tt) => {
        /// The address of the other side.
        ///
        /// # Errors
        ///
        /// When the stream is no longer connected.
        pub fn peer_addr(&self) -> std::io::Result<$address> {
            self.$stream.peer_addr()
        }

        /// The address of this side.
        ///
        /// # Errors
        ///
        /// When the operating system cannot say.
        pub fn local_addr(&self) -> std::io::Result<$address> {
            self.$stream.local_addr()
        }

        fn socket(&self) -> &$crate::net::socket::Socket<$source> {
            &self.$stream.socket
        }
    };
}

pub(crate) use {address_methods, halves};
