//! Sockets over buffers that are handed over and come back, as the runtimes of completions have them:
//! the same code for all, for what differs is the path.

/// Implements [`Sockets`](super::cores::Sockets) for a core. It expands where `TcpListener`,
/// `TcpStream`, `UdpSocket` and the traits of reading and writing are those of its runtime; `$pair`
/// makes a pair of what an operation returns, its result and the buffer.
macro_rules! owned_buffers {
    ($core:ident, $pair:path) => {
        impl super::cores::Sockets for $core {
            fn serve(listener: std::net::TcpListener) {
                let listener = TcpListener::from_std(listener).unwrap();
                Self::detach(async move {
                    while let Ok((stream, _)) = listener.accept().await {
                        stream.set_nodelay(true).unwrap();
                        Self::detach(answer(stream));
                    }
                });
            }

            async fn request(address: std::net::SocketAddr, exchange: Exchange, requests: u64) {
                let stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                ask(stream, exchange, requests).await
            }

            async fn answer_datagrams(socket: std::net::UdpSocket) {
                let socket = UdpSocket::from_std(socket).unwrap();
                let mut buffer = vec![0; MESSAGE];
                loop {
                    let (received, mut back) = $pair(socket.recv_from(buffer).await);
                    let (n, sender) = received.unwrap();
                    if n == 0 {
                        return;
                    }
                    back.truncate(n);
                    let (sent, back) = $pair(socket.send_to(back, sender).await);
                    sent.unwrap();
                    buffer = back;
                }
            }

            async fn ask_datagrams(socket: std::net::UdpSocket, requests: u64) {
                let socket = UdpSocket::from_std(socket).unwrap();
                let mut buffer = vec![7; MESSAGE];
                for _ in 0..requests {
                    let (sent, back) = $pair(socket.send(buffer).await);
                    sent.unwrap();
                    let (received, back) = $pair(socket.recv(back).await);
                    assert_eq!(received.unwrap(), MESSAGE);
                    buffer = back;
                }
                $pair(socket.send(Vec::new()).await).0.unwrap();
            }
        }

        /// Sends back what comes until the other side closes.
        async fn answer(mut stream: TcpStream) {
            let mut buffer = vec![0; 1024];
            loop {
                let (read, mut back) = $pair(stream.read(buffer).await);
                let Ok(n @ 1..) = read else { return };
                back.truncate(n);
                let (written, back) = $pair(stream.write_all(back).await);
                if written.is_err() {
                    return;
                }
                buffer = back;
            }
        }

        /// Makes `requests` exchanges, each after the answer to the one before.
        async fn ask(mut stream: TcpStream, exchange: Exchange, requests: u64) {
            let Answer::Bytes(length) = exchange.answer else {
                unreachable!("HTTP is not measured here");
            };
            let mut buffer = vec![0; length];
            for _ in 0..requests {
                let (written, _) = $pair(stream.write_all(exchange.request).await);
                written.expect("the server is gone");
                let (read, back) = $pair(stream.read_exact(buffer).await);
                read.expect("the server is gone");
                buffer = back;
            }
        }
    };
}

pub(super) use owned_buffers;
