//! tokio and Plies, each with its multi-threaded and its current-thread runtime: the same code, for
//! what differs is the path.

macro_rules! tokio_shaped {
    ($($runtime:ident)*) => {$(
        pub mod $runtime {
            use std::future::Future;
            use std::net::SocketAddr;
            use std::pin::Pin;
            use std::task::{Context, Poll};
            use std::time::Duration;

            use ::$runtime::net::{TcpListener, TcpStream};
            use ::$runtime::runtime::{Builder, Handle, Runtime};
            use ::$runtime::task::JoinHandle;

            use crate::echo::over_tokio::{answer, ask};
            use crate::peer::{Peer, Spawn};

            pub struct MultiThread(Runtime);
            pub struct CurrentThread(Runtime);

            impl Peer for MultiThread {
                type Spawn = Spawner;

                fn start(workers: usize) -> Self {
                    Self(
                        Builder::new_multi_thread()
                            .worker_threads(workers)
                            .enable_all()
                            .build()
                            .unwrap(),
                    )
                }

                fn block_on<F: Future>(&self, future: F) -> F::Output {
                    self.0.block_on(future)
                }

                fn spawner(&self) -> Spawner {
                    Spawner(self.0.handle().clone())
                }
            }

            impl Peer for CurrentThread {
                type Spawn = Spawner;

                fn start(_workers: usize) -> Self {
                    Self(Builder::new_current_thread().enable_all().build().unwrap())
                }

                fn block_on<F: Future>(&self, future: F) -> F::Output {
                    self.0.block_on(future)
                }

                fn spawner(&self) -> Spawner {
                    Spawner(self.0.handle().clone())
                }
            }

            #[derive(Clone)]
            pub struct Spawner(Handle);

            pub struct Join<T>(JoinHandle<T>);

            impl<T> Future for Join<T> {
                type Output = T;

                fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
                    Pin::new(&mut self.0).poll(cx).map(Result::unwrap)
                }
            }

            impl Spawn for Spawner {
                type Join<T: Send + 'static> = Join<T>;

                fn spawn<F>(&self, future: F) -> Join<F::Output>
                where
                    F: Future + Send + 'static,
                    F::Output: Send + 'static,
                {
                    Join(self.0.spawn(future))
                }

                fn detach<T: Send + 'static>(join: Join<T>) {
                    drop(join);
                }

                async fn yield_now() {
                    ::$runtime::task::yield_now().await;
                }

                async fn sleep(duration: Duration) {
                    ::$runtime::time::sleep(duration).await;
                }

                async fn serve(&self, listener: std::net::TcpListener) {
                    let listener = TcpListener::from_std(listener).unwrap();
                    while let Ok((stream, _)) = listener.accept().await {
                        stream.set_nodelay(true).unwrap();
                        self.0.spawn(answer(stream));
                    }
                }

                async fn request(address: SocketAddr, requests: u64) {
                    let stream = TcpStream::connect(address).await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    ask(stream, requests).await;
                }
            }
        }
    )*};
}

tokio_shaped!(tokio plies);
