//! async-executor on threads, with async-io's reactor: what smol is made of.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_executor::{Executor, Task};
use async_io::{Async, Timer};
use futures::future::pending;

use crate::echo::over_futures::{answer, ask};
use crate::peer::{Peer, Spawn};

/// The threads of it are left behind: a measurement ends with its process.
pub struct Threads(Spawner);

impl Peer for Threads {
    type Spawn = Spawner;

    fn start(workers: usize) -> Self {
        let executor = Arc::new(Executor::new());
        for _ in 0..workers {
            let executor = executor.clone();
            std::thread::spawn(move || async_io::block_on(executor.run(pending::<()>())));
        }
        Self(Spawner(executor))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        async_io::block_on(future)
    }

    fn spawner(&self) -> Spawner {
        self.0.clone()
    }
}

#[derive(Clone)]
pub struct Spawner(Arc<Executor<'static>>);

impl Spawn for Spawner {
    type Join<T: Send + 'static> = Task<T>;

    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.spawn(future)
    }

    fn detach<T: Send + 'static>(join: Task<T>) {
        join.detach();
    }

    async fn yield_now() {
        let mut yielded = false;
        std::future::poll_fn(|cx| {
            if std::mem::replace(&mut yielded, true) {
                return std::task::Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }

    async fn sleep(duration: Duration) {
        Timer::after(duration).await;
    }

    async fn serve(&self, listener: std::net::TcpListener) {
        let listener = Async::new(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            stream.get_ref().set_nodelay(true).unwrap();
            self.0.spawn(answer(stream)).detach();
        }
    }

    async fn request(address: SocketAddr, requests: u64) {
        let stream = Async::<std::net::TcpStream>::connect(address)
            .await
            .unwrap();
        stream.get_ref().set_nodelay(true).unwrap();
        ask(stream, requests).await;
    }
}
