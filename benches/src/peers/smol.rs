//! async-executor with async-io's reactor: what smol is made of. Its executor on threads, its
//! static one (which keeps no table of live tasks) on threads, and its local one on the caller's.

use std::future::Future;
use std::net::{self, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_channel::{Receiver, Sender};
use async_executor::{Executor, LocalExecutor, StaticExecutor, Task};
use async_io::{Async, Timer};
use futures::FutureExt;
use smol_hyper::rt::FuturesIo;

use crate::exchange::over_futures::{answer, answer_through, ask};
use crate::exchange::{Exchange, Latencies, MESSAGE};
use crate::http_service;
use crate::peer::{Http, Peer, Sockets, Spawn, Timers};

/// One of async-executor's executors, or the way to it.
pub trait Execute: Clone + Send + Sync + 'static {
    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static;
}

/// The executor with all its features.
#[derive(Clone)]
pub struct Shared(Arc<Executor<'static>>);

/// The executor that lives as long as the process and does not know its tasks.
#[derive(Clone)]
pub struct Static(&'static StaticExecutor);

/// The executor of this thread: tasks are polled where they were spawned.
#[derive(Clone)]
pub struct Local;

thread_local! {
    static LOCAL: &'static LocalExecutor<'static> = Box::leak(Box::default());
}

impl Execute for Shared {
    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.0.spawn(future)
    }
}

impl Execute for Static {
    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.0.spawn(future)
    }
}

impl Execute for Local {
    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        LOCAL.with(|local| local.spawn(future))
    }
}

/// Threads that run an executor until this is dropped.
struct Crew {
    stop: Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

impl Crew {
    fn start<F: Future>(
        workers: usize,
        run: impl Fn(Receiver<()>) -> F + Clone + Send + 'static,
    ) -> Self {
        let (stop, stopped) = async_channel::bounded(1);
        let work = |_| {
            let (run, stopped) = (run.clone(), stopped.clone());
            thread::spawn(move || {
                async_io::block_on(run(stopped));
            })
        };
        let threads = (0..workers).map(work).collect();
        Self { stop, threads }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.stop.close();
        for thread in self.threads.drain(..) {
            thread.join().expect("a worker panicked");
        }
    }
}
pub struct Threads {
    spawner: Spawner<Shared>,
    _crew: Crew,
}

impl Threads {
    pub fn start(workers: usize) -> Self {
        let executor = Arc::new(Executor::new());
        let spawner = Spawner(Shared(executor.clone()));
        let crew = Crew::start(workers, move |stopped| {
            let executor = executor.clone();
            async move {
                // The channel only closes, which is what it is for.
                let _ = executor.run(stopped.recv()).await;
            }
        });
        Self {
            spawner,
            _crew: crew,
        }
    }
}

impl Peer for Threads {
    type Spawn = Spawner<Shared>;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        async_io::block_on(future)
    }

    fn spawner(&self) -> Self::Spawn {
        self.spawner.clone()
    }
}

/// [`Threads`] with the static executor, which is never freed.
pub struct StaticThreads {
    spawner: Spawner<Static>,
    _crew: Crew,
}

impl StaticThreads {
    pub fn start(workers: usize) -> Self {
        let executor: &'static StaticExecutor = Box::leak(Box::default());
        let crew = Crew::start(workers, move |stopped| async move {
            // The channel only closes, which is what it is for.
            let _ = executor.run(async { stopped.recv().await }).await;
        });
        Self {
            spawner: Spawner(Static(executor)),
            _crew: crew,
        }
    }
}

impl Peer for StaticThreads {
    type Spawn = Spawner<Static>;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        async_io::block_on(future)
    }

    fn spawner(&self) -> Self::Spawn {
        self.spawner.clone()
    }
}

/// The local executor, driven by `block_on`.
pub struct CurrentThread;

impl Peer for CurrentThread {
    type Spawn = Spawner<Local>;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        async_io::block_on(LOCAL.with(|local| local.run(future)))
    }

    fn spawner(&self) -> Self::Spawn {
        Spawner(Local)
    }
}

#[derive(Clone)]
pub struct Spawner<E>(E);

impl<E: Execute> Spawn for Spawner<E> {
    type Join<T: Send + 'static> = Task<T>;

    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.spawn(future)
    }

    fn spawn_detached<F>(&self, future: F)
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.0.spawn(future).detach();
    }
}

impl<E: Execute> Timers for Spawner<E> {
    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send {
        Timer::after(duration).map(drop)
    }
}

impl<E: Execute> Sockets for Spawner<E> {
    async fn serve(&self, listener: net::TcpListener) {
        let listener = Async::new(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            stream.get_ref().set_nodelay(true).unwrap();
            self.spawn_detached(answer(stream));
        }
    }

    async fn request(address: SocketAddr, exchange: Exchange, requests: u64) -> Latencies {
        let started = exchange.start();
        let stream = Async::<net::TcpStream>::connect(address).await.unwrap();
        stream.get_ref().set_nodelay(true).unwrap();
        ask(stream, exchange, requests, started).await
    }

    async fn hold(stream: net::TcpStream) {
        answer_through::<1, _>(Async::new(stream).unwrap()).await;
    }

    async fn answer_datagrams(socket: UdpSocket) {
        let socket = Async::new(socket).unwrap();
        let mut buffer = [0; MESSAGE];
        while let (n @ 1.., sender) = socket.recv_from(&mut buffer).await.unwrap() {
            socket.send_to(&buffer[..n], sender).await.unwrap();
        }
    }

    async fn ask_datagrams(socket: UdpSocket, requests: u64) {
        let socket = Async::new(socket).unwrap();
        let mut buffer = [7; MESSAGE];
        for _ in 0..requests {
            socket.send(&buffer).await.unwrap();
            assert_eq!(socket.recv(&mut buffer).await.unwrap(), MESSAGE);
        }
        socket.send(&[]).await.unwrap();
    }
}

impl<E: Execute> Http for Spawner<E> {
    async fn serve_http(&self, listener: net::TcpListener) {
        let listener = Async::new(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            stream.get_ref().set_nodelay(true).unwrap();
            self.spawn_detached(http_service::serve(FuturesIo::new(stream)));
        }
    }
}
