//! The methods that every connected stream, and each half of one, has in the same form.
//!
//! Each macro goes into an `impl` of a type that has a method `socket()`.

/// `ready`, for both directions.
macro_rules! ready_method {
    () => {
        /// Waits until the socket is ready for one of `interest`, and returns what it is ready for.
        ///
        /// Readiness can be a false alarm: the `try_` method that follows may still return
        /// [`WouldBlock`](std::io::ErrorKind::WouldBlock), after which the next `ready` waits.
        ///
        /// # Errors
        ///
        /// When the runtime has shut down, or has no more descriptors to watch the socket with.
        ///
        /// # Cancel safety
        ///
        /// Dropping the future loses nothing: the readiness stays until a `try_` method uses it up.
        pub async fn ready(
            &self,
            interest: $crate::io::Interest,
        ) -> std::io::Result<$crate::io::Ready> {
            self.socket().ready(interest).await
        }
    };
}

/// What can be read from.
macro_rules! read_methods {
    () => {
        /// Waits until there may be something to read; as
        /// [`ready`](Self::ready)`(Interest::READABLE)`.
        ///
        /// # Errors
        ///
        /// As [`ready`](Self::ready).
        ///
        /// # Cancel safety
        ///
        /// Dropping the future loses nothing.
        pub async fn readable(&self) -> std::io::Result<()> {
            self.socket()
                .ready($crate::io::Interest::READABLE)
                .await
                .map(drop)
        }

        /// Reads what is there into `buf` without waiting and returns how many bytes that was;
        /// zero means that the other side has closed its end, or that `buf` is empty.
        ///
        /// # Errors
        ///
        /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) when there is nothing to read yet.
        pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            self.socket().try_read(buf)
        }

        /// As [`try_read`](Self::try_read), into several buffers in turn.
        ///
        /// # Errors
        ///
        /// As [`try_read`](Self::try_read).
        pub fn try_read_vectored(
            &self,
            bufs: &mut [std::io::IoSliceMut<'_>],
        ) -> std::io::Result<usize> {
            self.socket().try_read_vectored(bufs)
        }

        /// As [`try_read`](Self::try_read), appending to a buffer that grows.
        ///
        /// # Errors
        ///
        /// As [`try_read`](Self::try_read).
        pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            self.socket().try_read_buf(buf)
        }
    };
}

/// What can be written to.
macro_rules! write_methods {
    () => {
        /// Waits until there may be room to write; as
        /// [`ready`](Self::ready)`(Interest::WRITABLE)`.
        ///
        /// # Errors
        ///
        /// As [`ready`](Self::ready).
        ///
        /// # Cancel safety
        ///
        /// Dropping the future loses nothing.
        pub async fn writable(&self) -> std::io::Result<()> {
            self.socket()
                .ready($crate::io::Interest::WRITABLE)
                .await
                .map(drop)
        }

        /// Writes what fits without waiting and returns how many bytes that was.
        ///
        /// # Errors
        ///
        /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) when nothing fits now.
        pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
            self.socket().try_write(buf)
        }

        /// As [`try_write`](Self::try_write), from several buffers in turn.
        ///
        /// # Errors
        ///
        /// As [`try_write`](Self::try_write).
        pub fn try_write_vectored(&self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
            self.socket().try_write_vectored(bufs)
        }
    };
}

/// What a whole socket has beyond its two directions.
macro_rules! poll_methods {
    ($source:ty) => {
        /// The polled form of `readable`: only the task of the last call is woken.
        ///
        /// It and reading through [`AsyncRead`](tokio::io::AsyncRead) share one waker.
        pub fn poll_read_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.socket().poll_ready(cx, plies_reactor::Direction::Read)
        }

        /// The polled form of `writable`: only the task of the last call is woken.
        ///
        /// It and writing through [`AsyncWrite`](tokio::io::AsyncWrite) share one waker.
        pub fn poll_write_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.socket()
                .poll_ready(cx, plies_reactor::Direction::Write)
        }

        /// Runs an operation on the socket, one of your own, that does not wait.
        ///
        /// `operation` has to return [`WouldBlock`](std::io::ErrorKind::WouldBlock) only when the
        /// socket itself did: that is what clears the readiness.
        ///
        /// # Errors
        ///
        /// What `operation` returns, and `WouldBlock` without a call to it when the socket is
        /// known not to be ready.
        pub fn try_io<R>(
            &self,
            interest: $crate::io::Interest,
            operation: impl FnOnce() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            self.socket().try_io(interest, |_| operation())
        }

        /// Runs an operation on the socket, one of your own, until it does not have to wait.
        ///
        /// # Errors
        ///
        /// What `operation` returns, except `WouldBlock`; and as `ready`.
        ///
        /// # Cancel safety
        ///
        /// `operation` has not succeeded when the future is dropped before it is ready.
        pub async fn async_io<R>(
            &self,
            interest: $crate::io::Interest,
            mut operation: impl FnMut() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            self.socket().async_io(interest, |_| operation()).await
        }

        /// Takes the error that the socket holds, if any, and clears it.
        ///
        /// # Errors
        ///
        /// When the operating system cannot say.
        pub fn take_error(&self) -> std::io::Result<Option<std::io::Error>> {
            self.socket().options().take_error()
        }

        fn socket(&self) -> &$crate::net::socket::Socket<$source> {
            &self.socket
        }
    };
}

/// tokio's `AsyncRead`, on a type with `socket()`.
macro_rules! async_read {
    ($($type:ty),*) => {$(
        impl tokio::io::AsyncRead for $type {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut tokio::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.socket().poll_read(cx, buf)
            }
        }
    )*};
}

/// tokio's `AsyncWrite`, on a type with `socket()`.
macro_rules! async_write {
    ($($type:ty),*) => {$(
        impl tokio::io::AsyncWrite for $type {
            fn poll_write(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                self.socket().poll_write(cx, buf)
            }

            fn poll_write_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                self.socket().poll_write_vectored(cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            /// Nothing is buffered in this process, so there is nothing to flush.
            fn poll_flush(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::Poll::Ready(Ok(()))
            }

            /// Closes the writing direction; the other side reads the end of the stream.
            fn poll_shutdown(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::Poll::Ready(self.socket().options().shutdown(std::net::Shutdown::Write))
            }
        }
    )*};
}

pub(crate) use {async_read, async_write, poll_methods, read_methods, ready_method, write_methods};
