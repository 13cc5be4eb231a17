//! tokio's I/O utilities over this crate's own types.

mod util;

use plies::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufStream, BufWriter, copy,
    copy_bidirectional, duplex, simplex, split,
};
use plies::net::{TcpListener, TcpStream, UnixStream, unix::pipe};
use util::spawn_on_each;

const SIZE: usize = 1024 * 1024;

async fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap());
    let client = client.await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

#[test]
fn lines_are_read_and_written_through_buffers() {
    spawn_on_each(|| async {
        let (client, server) = tcp_pair().await;
        let server = plies::spawn(async move {
            let mut stream = BufStream::new(server);
            let mut line = String::new();
            while stream.read_line(&mut line).await.unwrap() > 0 {
                stream
                    .write_all(line.to_uppercase().as_bytes())
                    .await
                    .unwrap();
                line.clear();
            }
            stream.shutdown().await.unwrap();
        });
        let (from, to) = split(client);
        let mut to = BufWriter::new(to);
        for number in 0..1000 {
            to.write_all(format!("line {number}\n").as_bytes())
                .await
                .unwrap();
        }
        to.shutdown().await.unwrap();
        let mut lines = BufReader::new(from).lines();
        for number in 0..1000 {
            let line = lines.next_line().await.unwrap();
            assert_eq!(line.unwrap(), format!("LINE {number}"));
        }
        assert_eq!(lines.next_line().await.unwrap(), None);
        server.await.unwrap();
    });
}

#[test]
fn everything_is_copied_from_one_kind_of_stream_to_another() {
    spawn_on_each(|| async {
        let (mut source, mut from) = tcp_pair().await;
        let (mut to, mut sink) = pipe::pipe().unwrap();
        let writer = plies::spawn(async move {
            source.write_all(&vec![7; SIZE]).await.unwrap();
            // Dropping it ends the stream.
        });
        let copier = plies::spawn(async move { copy(&mut from, &mut to).await.unwrap() });
        let mut all = Vec::new();
        sink.read_to_end(&mut all).await.unwrap();
        assert!(all == vec![7; SIZE]);
        assert_eq!(copier.await.unwrap(), SIZE as u64);
        writer.await.unwrap();
    });
}

#[test]
fn a_proxy_copies_both_ways_until_both_ends_are_done() {
    spawn_on_each(|| async {
        let (client, mut inside) = tcp_pair().await;
        let (mut outside, server) = UnixStream::pair().unwrap();
        let proxy =
            plies::spawn(async move { copy_bidirectional(&mut inside, &mut outside).await });
        let server = plies::spawn(async move {
            let (mut from, mut to) = server.into_split();
            copy(&mut from, &mut to).await.unwrap()
        });
        let (mut from, mut to) = client.into_split();
        let writer = plies::spawn(async move {
            to.write_all(&vec![7; SIZE]).await.unwrap();
            to.shutdown().await.unwrap();
        });
        let mut back = Vec::new();
        from.read_to_end(&mut back).await.unwrap();
        assert!(back == vec![7; SIZE]);
        assert_eq!(proxy.await.unwrap().unwrap(), (SIZE as u64, SIZE as u64));
        assert_eq!(server.await.unwrap(), SIZE as u64);
        writer.await.unwrap();
    });
}

#[test]
fn memory_is_a_stream_between_tasks() {
    spawn_on_each(|| async {
        let (mut one, mut other) = duplex(64);
        let echo = plies::spawn(async move {
            let mut all = Vec::new();
            other.read_to_end(&mut all).await.unwrap();
            all
        });
        one.write_all(&[7; 1000]).await.unwrap();
        drop(one);
        assert_eq!(echo.await.unwrap(), [7; 1000]);

        let (mut from, mut to) = simplex(64);
        let writer = plies::spawn(async move {
            to.write_all(&[7; 1000]).await.unwrap();
            to.shutdown().await.unwrap();
        });
        let mut first = Vec::new();
        (&mut from).take(10).read_to_end(&mut first).await.unwrap();
        let mut rest = Vec::new();
        first
            .as_slice()
            .chain(&mut from)
            .read_to_end(&mut rest)
            .await
            .unwrap();
        assert_eq!((first.len(), rest.len()), (10, 1000));
        writer.await.unwrap();
    });
}
