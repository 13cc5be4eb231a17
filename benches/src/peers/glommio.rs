//! glommio: an executor for each core over io_uring.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};

use glommio::net::{TcpListener, TcpStream, UdpSocket};
use glommio::{LocalExecutorBuilder, Placement};

use super::cores::Core;
use crate::exchange::over_futures::{answer, ask};
use crate::exchange::{Exchange, Latencies, MESSAGE};

pub struct Glommio;

impl Core for Glommio {
    fn block_on<F: Future>(core: usize, main: F) -> F::Output {
        let executor = LocalExecutorBuilder::new(Placement::Fixed(core)).make();
        executor.unwrap().run(main)
    }

    fn spawn<F>(future: F) -> impl Future<Output = ()>
    where
        F: Future<Output = ()> + 'static,
    {
        glommio::spawn_local(future)
    }

    fn serve(address: Ipv4Addr) -> SocketAddr {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        glommio::spawn_local(async move {
            while let Ok(stream) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                glommio::spawn_local(answer(stream)).detach();
            }
        })
        .detach();
        address
    }

    async fn request(address: SocketAddr, exchange: Exchange, requests: u64) -> Latencies {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        ask(stream, exchange, requests).await
    }

    fn answer_datagrams() -> (SocketAddr, impl Future<Output = ()> + 'static) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = socket.local_addr().unwrap();
        let answering = async move {
            let mut buffer = [0; MESSAGE];
            while let (n @ 1.., sender) = socket.recv_from(&mut buffer).await.unwrap() {
                socket.send_to(&buffer[..n], sender).await.unwrap();
            }
        };
        (address, answering)
    }

    async fn ask_datagrams(server: SocketAddr, requests: u64) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.connect(server).await.unwrap();
        let mut buffer = [7; MESSAGE];
        for _ in 0..requests {
            socket.send(&buffer).await.unwrap();
            assert_eq!(socket.recv(&mut buffer).await.unwrap(), MESSAGE);
        }
        socket.send(&[]).await.unwrap();
    }
}
