//! The runtimes, as far as these measurements need them.

use std::future::{Future, pending};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// A runtime that has been started; its threads are left behind at the end of the process.
pub trait Peer: Clone + Send + Sync + 'static {
    /// Is it the runtime whose rescue is measured?
    const IS_PLIES: bool = false;

    fn start(workers: usize) -> Self;

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static);

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send;

    fn yield_now() -> impl Future<Output = ()> + Send;

    /// Sends back what comes on a connection, which is non-blocking already.
    fn echo(stream: TcpStream) -> impl Future<Output = ()> + Send + 'static;
}

macro_rules! tokio_shaped {
    ($peer:ident, $runtime:ident, $is_plies:literal, $builder:ident { $($configure:tt)* }) => {
        #[derive(Clone)]
        pub struct $peer(Arc<::$runtime::runtime::Runtime>);

        impl Peer for $peer {
            const IS_PLIES: bool = $is_plies;

            fn start(workers: usize) -> Self {
                let mut $builder = ::$runtime::runtime::Builder::new_multi_thread();
                $builder.worker_threads(workers).enable_all();
                $($configure)*
                Self(Arc::new($builder.build().unwrap()))
            }

            fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
                drop(self.0.spawn(future));
            }

            async fn sleep(duration: Duration) {
                ::$runtime::time::sleep(duration).await;
            }

            async fn yield_now() {
                ::$runtime::task::yield_now().await;
            }

            async fn echo(stream: TcpStream) {
                use ::tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut stream = ::$runtime::net::TcpStream::from_std(stream).unwrap();
                let mut buffer = [0; 64];
                while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                    if stream.write_all(&buffer[..n]).await.is_err() {
                        return;
                    }
                }
            }
        }
    };
}

tokio_shaped!(Tokio, tokio, false, builder {});
tokio_shaped!(Plies, plies, true, builder {});
tokio_shaped!(PliesWithoutRescue, plies, false, builder {
    builder.rescue(plies::runtime::Rescue::off());
});

// With a monitor that hardly ever looks: how often it does depends on time, not on polls.
tokio_shaped!(PliesUnwatched, plies, true, builder {
    builder.rescue(plies::runtime::Rescue::new().threshold(Duration::from_secs(3600)));
});

/// async-executor on threads, with async-io's reactor: what smol is made of.
#[derive(Clone)]
pub struct Smol(Arc<async_executor::Executor<'static>>);

impl Peer for Smol {
    fn start(workers: usize) -> Self {
        let executor = Arc::new(async_executor::Executor::new());
        for _ in 0..workers {
            let executor = executor.clone();
            std::thread::spawn(move || async_io::block_on(executor.run(pending::<()>())));
        }
        Self(executor)
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(future).detach();
    }

    async fn sleep(duration: Duration) {
        async_io::Timer::after(duration).await;
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

    async fn echo(stream: TcpStream) {
        use futures::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = async_io::Async::new(stream).unwrap();
        let mut buffer = [0; 64];
        while let Ok(n @ 1..) = stream.read(&mut buffer).await {
            if stream.write_all(&buffer[..n]).await.is_err() {
                return;
            }
        }
    }
}
