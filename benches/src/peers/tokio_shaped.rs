//! tokio and Plies, each with its multi-threaded and its current-thread runtime: the same code, for
//! what differs is the path.

macro_rules! tokio_shaped {
    ($($runtime:ident, $for_hyper:path;)*) => {$(
        pub mod $runtime {
            use std::future::Future;
            use std::net::{self, SocketAddr};
            use std::pin::Pin;
            use std::task::{Context, Poll};
            use std::time::Duration;

            use ::$runtime::net::{TcpListener, TcpStream, UdpSocket};
            use ::$runtime::runtime::{Builder, Handle, Runtime};
            use ::$runtime::task::JoinHandle;

            use crate::exchange::over_tokio::{answer, answer_through, ask};
            use crate::exchange::{Exchange, Latencies, MESSAGE};
            use crate::http_service;
            use crate::peer::{Http, Peer, Sockets, Spawn, Timers};

            /// A runtime of either flavour.
            pub struct Started(pub(in crate::peers) Runtime);

            pub fn multi_thread(workers: usize) -> Started {
                let mut builder = Builder::new_multi_thread();
                Started(builder.worker_threads(workers).enable_all().build().unwrap())
            }

            pub fn current_thread() -> Started {
                Started(Builder::new_current_thread().enable_all().build().unwrap())
            }

            impl Peer for Started {
                type Spawn = Spawner;

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

                fn spawn_detached<F>(&self, future: F)
                where
                    F: Future<Output: Send + 'static> + Send + 'static,
                {
                    self.0.spawn(future);
                }

                async fn yield_now() {
                    ::$runtime::task::yield_now().await;
                }
            }

            impl Timers for Spawner {
                fn sleep(duration: Duration) -> impl Future<Output = ()> + Send {
                    ::$runtime::time::sleep(duration)
                }
            }

            impl Sockets for Spawner {
                async fn serve(&self, listener: net::TcpListener) {
                    let listener = TcpListener::from_std(listener).unwrap();
                    while let Ok((stream, _)) = listener.accept().await {
                        stream.set_nodelay(true).unwrap();
                        self.0.spawn(answer(stream));
                    }
                }

                async fn request(
                    address: SocketAddr,
                    exchange: Exchange,
                    requests: u64,
                ) -> Latencies {
                    let started = exchange.start();
                    let stream = TcpStream::connect(address).await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    ask(stream, exchange, requests, started).await
                }

                async fn hold(stream: net::TcpStream) {
                    answer_through::<1, _>(TcpStream::from_std(stream).unwrap()).await;
                }

                async fn answer_datagrams(socket: net::UdpSocket) {
                    let socket = UdpSocket::from_std(socket).unwrap();
                    let mut buffer = [0; MESSAGE];
                    while let (n @ 1.., sender) = socket.recv_from(&mut buffer).await.unwrap() {
                        socket.send_to(&buffer[..n], sender).await.unwrap();
                    }
                }

                async fn ask_datagrams(socket: net::UdpSocket, requests: u64) {
                    let socket = UdpSocket::from_std(socket).unwrap();
                    let mut buffer = [7; MESSAGE];
                    for _ in 0..requests {
                        socket.send(&buffer).await.unwrap();
                        assert_eq!(socket.recv(&mut buffer).await.unwrap(), MESSAGE);
                    }
                    socket.send(&[]).await.unwrap();
                }
            }

            impl Http for Spawner {
                async fn serve_http(&self, listener: net::TcpListener) {
                    let listener = TcpListener::from_std(listener).unwrap();
                    while let Ok((stream, _)) = listener.accept().await {
                        stream.set_nodelay(true).unwrap();
                        self.0.spawn(http_service::serve($for_hyper(stream)));
                    }
                }
            }
        }
    )*};
}

tokio_shaped! {
    tokio, hyper_util::rt::TokioIo::new;
    plies, std::convert::identity;
}
