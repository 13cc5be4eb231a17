//! WebSockets by tokio-tungstenite, which needs the I/O traits only.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use plies::net::{TcpListener, TcpStream};
use plies::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};

use crate::curl::Curl;
use crate::run_on_each;

/// Greets each client and sends back what it says.
async fn serve(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        plies::spawn(async move {
            let mut socket = accept_async(stream).await.unwrap();
            socket.send("welcome".into()).await.unwrap();
            echo(socket).await;
        });
    }
}

async fn echo(mut socket: WebSocketStream<TcpStream>) {
    while let Some(Ok(message)) = socket.next().await {
        // Pings and the end are answered by the library, while this reads.
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            break;
        }
    }
}

async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    plies::spawn(serve(listener));
    address
}

/// A client that has been greeted.
async fn connect(address: SocketAddr) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, response) = client_async("ws://localhost/", stream).await.unwrap();
    assert_eq!(response.status(), 101);
    assert_eq!(hear(&mut socket).await, "welcome".into());
    socket
}

async fn hear(socket: &mut WebSocketStream<TcpStream>) -> Message {
    socket.next().await.unwrap().unwrap()
}

#[test]
fn messages_of_all_sizes_come_back_to_many_clients() {
    run_on_each(|| async {
        let address = start().await;
        let mut clients: JoinSet<_> = (0..16_usize)
            .map(|number| async move {
                let mut socket = connect(address).await;
                for round in 0..20 {
                    let text = Message::from(format!("{number}, {round}"));
                    socket.send(text.clone()).await.unwrap();
                    assert_eq!(hear(&mut socket).await, text);
                }
                let large = Message::from(vec![number as u8; 300_000]);
                socket.send(large.clone()).await.unwrap();
                assert_eq!(hear(&mut socket).await, large);
                socket.send(Message::Ping("you?".into())).await.unwrap();
                assert_eq!(hear(&mut socket).await, Message::Pong("you?".into()));
                socket.close(None).await.unwrap();
                assert!(matches!(hear(&mut socket).await, Message::Close(_)));
                assert!(socket.next().await.is_none());
            })
            .collect();
        while let Some(client) = clients.join_next().await {
            client.unwrap();
        }
    });
}

#[test]
fn both_halves_of_a_socket_are_used_at_once() {
    const COUNT: u32 = 500;
    run_on_each(|| async {
        let (mut to, mut from) = connect(start().await).await.split();
        let sender = plies::spawn(async move {
            for number in 0..COUNT {
                to.send(number.to_string().into()).await.unwrap();
            }
            to
        });
        for number in 0..COUNT {
            let heard = from.next().await.unwrap().unwrap();
            assert_eq!(heard, number.to_string().into());
        }
        sender.await.unwrap().close().await.unwrap();
    });
}

#[test]
fn a_client_that_vanishes_and_one_that_breaks_the_rules_end_their_own_connection() {
    run_on_each(|| async {
        let address = start().await;
        drop(connect(address).await);

        // A frame of a reserved kind: the server closes the connection and says why.
        let mut socket = connect(address).await;
        plies::io::AsyncWriteExt::write_all(socket.get_mut(), &[0x83, 0x80, 0, 0, 0, 0])
            .await
            .unwrap();
        match socket.next().await {
            Some(Ok(Message::Close(Some(reason)))) => assert_eq!(reason.code, CloseCode::Protocol),
            Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))) | None => {}
            other => panic!("{other:?}"),
        }
        connect(address).await.close(None).await.unwrap();
    });
}

#[test]
fn curl_upgrades_to_a_websocket() {
    let Some(curl) = Curl::find() else { return };
    run_on_each(|| {
        let curl = curl.clone();
        async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let server = plies::spawn(async move {
                let (stream, _) = listener.accept().await.unwrap();
                let mut socket = accept_async(stream).await.unwrap();
                // curl says nothing more, so this ends the talk.
                socket.send("welcome".into()).await.unwrap();
            });
            // The key and its answer are the example of RFC 6455, section 1.3.
            let url = format!("http://{address}/");
            let output = curl
                .run([
                    "--include",
                    "--http1.1",
                    "--no-buffer",
                    "--header",
                    "Connection: Upgrade",
                    "--header",
                    "Upgrade: websocket",
                    "--header",
                    "Sec-WebSocket-Version: 13",
                    "--header",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                    &url,
                ])
                .await;
            server.await.unwrap();
            assert!(output.status.success());
            let answer = output.stdout;
            let head_ends = answer
                .windows(4)
                .position(|end| end == b"\r\n\r\n")
                .unwrap();
            let (head, frame) = answer.split_at(head_ends + 4);
            let head = str::from_utf8(head).unwrap();
            assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
            let head = head.to_ascii_lowercase();
            let accept = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
            assert!(head.contains(&accept.to_ascii_lowercase()), "{head}");
            // A final frame of text, seven bytes long.
            assert_eq!(frame, b"\x81\x07welcome");
        }
    });
}
