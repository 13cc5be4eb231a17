//! Waiting for readiness and operations of the caller's own, in the form that all sockets have.
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

/// `readable`, for whatever can be read from.
macro_rules! readable_method {
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
    };
}

/// `writable`, for whatever can be written to.
macro_rules! writable_method {
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
    };
}

/// The polled form of `readable`, called `$name`.
macro_rules! poll_readable_method {
    ($name:ident) => {
        /// The polled form of [`readable`](Self::readable).
        ///
        /// Of the tasks that poll for reading, by this or another method, the last one is woken.
        pub fn $name(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.socket().poll_ready(cx, plies_reactor::Direction::Read)
        }
    };
}

/// The polled form of `writable`, called `$name`.
macro_rules! poll_writable_method {
    ($name:ident) => {
        /// The polled form of [`writable`](Self::writable).
        ///
        /// Of the tasks that poll for writing, by this or another method, the last one is woken.
        pub fn $name(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.socket()
                .poll_ready(cx, plies_reactor::Direction::Write)
        }
    };
}

/// Operations of the caller's own, and the socket's error.
macro_rules! operation_methods {
    ($source:ty) => {
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

pub(crate) use {
    operation_methods, poll_readable_method, poll_writable_method, readable_method, ready_method,
    writable_method,
};
