//! The traits of futures-io: reading, writing, closing, by that crate's own utilities.

mod util;

use futures_util::io::{AsyncReadExt, AsyncWriteExt, copy};
use plies::net::unix::pipe;
use plies::net::{TcpListener, TcpStream, UnixStream};
use util::spawn_on_each;

/// Writes, closes, and reads what comes back.
async fn converse(
    mut read: impl futures_io::AsyncRead + Unpin,
    mut write: impl futures_io::AsyncWrite + Unpin,
) {
    write.write_all(b"there").await.unwrap();
    write.flush().await.unwrap();
    write.close().await.unwrap();
    let mut back = String::new();
    read.read_to_string(&mut back).await.unwrap();
    assert_eq!(back, "there");
}

#[test]
fn tcp_streams_and_their_halves_have_them() {
    spawn_on_each(|| async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = plies::spawn(async move {
            for _ in 0..2 {
                let (stream, _) = listener.accept().await.unwrap();
                let (read, mut write) = stream.split();
                copy(read, &mut write).await.unwrap();
            }
        });
        let (read, write) = TcpStream::connect(address).await.unwrap().into_split();
        converse(read, write).await;
        let whole = TcpStream::connect(address).await.unwrap();
        let (read, write) = AsyncReadExt::split(whole);
        converse(read, write).await;
        server.await.unwrap();
    });
}

#[test]
fn unix_streams_and_their_halves_have_them() {
    spawn_on_each(|| async {
        let (client, server) = UnixStream::pair().unwrap();
        let server = plies::spawn(async move {
            let (read, mut write) = server.split();
            copy(read, &mut write).await.unwrap();
        });
        let (read, write) = client.into_split();
        converse(read, write).await;
        server.await.unwrap();
    });
}

#[test]
fn pipes_have_them() {
    spawn_on_each(|| async {
        let (mut sender, receiver) = pipe::pipe().unwrap();
        let (mut into, mut back) = pipe::pipe().unwrap();
        let echo = plies::spawn(async move {
            copy(receiver, &mut into).await.unwrap();
        });
        sender.write_all(b"there").await.unwrap();
        sender.close().await.unwrap();
        drop(sender); // Only that closes a pipe.
        let mut text = String::new();
        back.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "there");
        echo.await.unwrap();
    });
}
