//! Accepting connections, in the form that all listeners have.

/// `accept` of a listener, a wrapper of `Socket<$source>`, that gives streams of type `$stream` and
/// addresses of type `$address`.
macro_rules! accept_methods {
    ($source:ty, $stream:ident, $address:ty) => {
        /// Waits for a connection and returns it with the address of its other side.
        ///
        /// # Errors
        ///
        /// When the process is out of file descriptors, the connection was reset before it could
        /// be accepted, or the runtime has shut down. The listener itself stays usable: a server
        /// goes on with the next connection, after a short pause if descriptors are short.
        ///
        /// # Cancel safety
        ///
        /// Dropping the future loses no connection.
        pub async fn accept(&self) -> std::io::Result<($stream, $address)> {
            let accept = self
                .socket
                .async_io($crate::io::Interest::READABLE, <$source>::accept);
            let (stream, address) = accept.await?;
            Ok(($stream::new(stream)?, address.into()))
        }

        /// The polled form of [`accept`](Self::accept): only the task of the last call is woken.
        pub fn poll_accept(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<($stream, $address)>> {
            let direction = plies_reactor::Direction::Read;
            self.socket
                .poll_io(cx, direction, <$source>::accept)
                .map(|accepted| {
                    let (stream, address) = accepted?;
                    Ok(($stream::new(stream)?, address.into()))
                })
        }
    };
}

pub(crate) use accept_methods;
