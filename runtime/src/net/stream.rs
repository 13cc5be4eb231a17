//! The methods that every connected stream, and each half of one, has in the same form.
//!
//! Each macro goes into an `impl` of a type that has a method `socket()`.

/// What can be read from.
macro_rules! read_methods {
    () => {
        $crate::net::readiness::readable_method!();

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
        $crate::net::readiness::writable_method!();

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
                std::task::Poll::Ready($crate::net::socket::Stream::close_writing(self.socket().get()))
            }
        }
    )*};
}

pub(crate) use {async_read, async_write, read_methods, write_methods};
