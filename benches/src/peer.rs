//! What a runtime must offer to be measured, by capability: tasks, timers, sockets, HTTP. A
//! workload asks for what it needs, and a runtime without it is not measured there.

use std::future::{Future, poll_fn};
use std::mem;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::task::Poll;
use std::time::Duration;

use crate::exchange::{Exchange, Latencies};

/// A runtime that has been started. Dropping it stops it, in the way its users do.
pub trait Peer: Sized {
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
        F: Future<Output: Send + 'static> + Send + 'static;

    /// Spawns a task that nobody joins, in the runtime's cheapest way.
    fn spawn_detached<F>(&self, future: F)
    where
        F: Future<Output: Send + 'static> + Send + 'static;

    fn yield_now() -> impl Future<Output = ()> + Send {
        let mut yielded = false;
        poll_fn(move |cx| {
            if mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    }
}

/// Sleeping in tasks.
pub trait Timers: Spawn {
    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send;
}

/// TCP and UDP in tasks.
pub trait Sockets: Spawn {
    /// Accepts for ever and echoes on each connection, with a task for each.
    fn serve(&self, listener: TcpListener) -> impl Future<Output = ()> + Send;

    /// Connects and makes `requests` exchanges, each after the answer to the one before.
    fn request(
        address: SocketAddr,
        exchange: Exchange,
        requests: u64,
    ) -> impl Future<Output = Latencies> + Send;

    /// Echoes single bytes until the other side closes: a connection that is idle nearly always.
    fn hold(stream: TcpStream) -> impl Future<Output = ()> + Send;

    /// Sends each datagram back to its sender until an empty one comes.
    fn answer_datagrams(socket: UdpSocket) -> impl Future<Output = ()> + Send;

    /// Sends `requests` datagrams over a connected socket, each after the answer to the one before,
    /// and then an empty one.
    fn ask_datagrams(socket: UdpSocket, requests: u64) -> impl Future<Output = ()> + Send;
}

/// An HTTP server by hyper.
pub trait Http: Sockets {
    /// Accepts for ever and answers each request, with a task for each connection.
    fn serve_http(&self, listener: TcpListener) -> impl Future<Output = ()> + Send;
}
