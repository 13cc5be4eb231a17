//! monoio: a runtime for each core over io_uring, or over epoll where that is missing.

use std::future::Future;
use std::net::{self, Ipv4Addr, SocketAddr};
use std::time::Instant;

use monoio::io::{AsyncReadRent, AsyncReadRentExt, AsyncWriteRentExt};
use monoio::net::udp::UdpSocket;
use monoio::net::{TcpListener, TcpStream};
use monoio::{FusionDriver, RuntimeBuilder};

use super::cores::Core;
use crate::exchange::{Answer, Exchange, Latencies, MESSAGE, note};

pub struct Monoio;

/// Which driver it chooses on this machine.
pub fn driver() -> &'static str {
    match monoio::utils::detect_uring() {
        true => "io_uring",
        false => "epoll",
    }
}

impl Core for Monoio {
    fn block_on<F: Future>(_core: usize, main: F) -> F::Output {
        let runtime = RuntimeBuilder::<FusionDriver>::new().enable_all().build();
        runtime.unwrap().block_on(main)
    }

    fn spawn<F>(future: F) -> impl Future<Output = ()>
    where
        F: Future<Output = ()> + 'static,
    {
        monoio::spawn(future)
    }

    fn serve(address: Ipv4Addr) -> SocketAddr {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        monoio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                monoio::spawn(answer(stream));
            }
        });
        address
    }

    async fn request(address: SocketAddr, exchange: Exchange, requests: u64) -> Latencies {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        ask(stream, exchange, requests).await
    }

    fn answer_datagrams() -> (SocketAddr, impl Future<Output = ()> + 'static) {
        let socket = net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = socket.local_addr().unwrap();
        let socket = UdpSocket::from_std(socket).unwrap();
        let answering = async move {
            let mut buffer = vec![0; MESSAGE];
            loop {
                let (received, mut back) = socket.recv_from(buffer).await;
                let (n, sender) = received.unwrap();
                if n == 0 {
                    return;
                }
                back.truncate(n);
                let (sent, back) = socket.send_to(back, sender).await;
                sent.unwrap();
                buffer = back;
            }
        };
        (address, answering)
    }

    async fn ask_datagrams(server: SocketAddr, requests: u64) {
        let socket = net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.connect(server).unwrap();
        let socket = UdpSocket::from_std(socket).unwrap();
        let mut buffer = vec![7; MESSAGE];
        for _ in 0..requests {
            let (sent, back) = socket.send(buffer).await;
            sent.unwrap();
            let (received, back) = socket.recv(back).await;
            assert_eq!(received.unwrap(), MESSAGE);
            buffer = back;
        }
        socket.send(Vec::new()).await.0.unwrap();
    }
}

async fn answer(mut stream: TcpStream) {
    let mut buffer = vec![0; 1024];
    loop {
        let (read, mut back) = stream.read(buffer).await;
        let Ok(n @ 1..) = read else { return };
        back.truncate(n);
        let (written, back) = stream.write_all(back).await;
        if written.is_err() {
            return;
        }
        buffer = back;
    }
}

async fn ask(mut stream: TcpStream, exchange: Exchange, requests: u64) -> Latencies {
    let Answer::Bytes(length) = exchange.answer else {
        unreachable!("HTTP is not measured here");
    };
    let mut buffer = vec![0; length];
    let mut latencies = Latencies::new();
    for _ in 0..requests {
        let started = exchange.timed.then(Instant::now);
        let (written, _) = stream.write_all(exchange.request).await;
        written.expect("the server is gone");
        let (read, back) = stream.read_exact(buffer).await;
        read.expect("the server is gone");
        buffer = back;
        note(&mut latencies, started);
    }
    latencies
}
