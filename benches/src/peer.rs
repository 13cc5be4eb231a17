//! What a runtime must offer to be measured.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

/// A runtime that has been started.
pub trait Peer: Sized {
    /// How many threads poll tasks: a single-threaded peer is started with any `workers`.
    fn start(workers: usize) -> Self;

    /// Drives `future` on this thread, and tasks too where the runtime has no thread of its own.
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// What tasks spawn with; cheap to clone.
    type Spawn: Spawn;

    fn spawner(&self) -> Self::Spawn;
}

/// Spawning from inside tasks and from outside.
pub trait Spawn: Clone + Send + Sync + 'static {
    /// Resolves to what the task returned.
    type Join<T: Send + 'static>: Future<Output = T> + Send + 'static;

    fn spawn<F>(&self, future: F) -> Self::Join<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    fn detach<T: Send + 'static>(join: Self::Join<T>);

    fn yield_now() -> impl Future<Output = ()> + Send;

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send;

    /// Accepts for ever and echoes on each connection, with a task for each.
    fn serve(&self, listener: std::net::TcpListener) -> impl Future<Output = ()> + Send;

    /// Connects and sends `requests` messages, each after the answer to the one before.
    fn request(address: SocketAddr, requests: u64) -> impl Future<Output = ()> + Send;
}
