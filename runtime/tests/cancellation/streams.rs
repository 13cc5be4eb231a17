//! Streams: TCP, Unix, their halves, and pipes.

use std::task::Poll;

use plies::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest};
use plies::net::{TcpSocket, TcpStream, UnixStream, unix::pipe};
use plies::task::coop::unconstrained;

use crate::ROUNDS;
use crate::cut::{Cut, at_each_cut, forgets_at_once};
use crate::util::poll_once;

/// A client and its server, with little room between them from the one to the other.
pub async fn tcp_pair() -> (TcpStream, TcpStream) {
    const ROOM: u32 = 32 * 1024;
    let listener = TcpSocket::new_v4().unwrap();
    listener.set_recv_buffer_size(ROOM).unwrap();
    listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = listener.listen(1).unwrap();
    let client = TcpSocket::new_v4().unwrap();
    client.set_send_buffer_size(ROOM).unwrap();
    let client = client.connect(listener.local_addr().unwrap());
    let client = client.await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

/// Cuts reads of `from`, into which `to` writes: each byte arrives, once and in order.
pub async fn reading(cut: Cut, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    for round in 0..ROUNDS {
        let mut buf = [0; 2];
        let arrives = async { to.write_all(&[round]).await.unwrap() };
        let early = cut.drop_midway(from.read(&mut buf), arrives).await;
        assert!(early.is_none(), "there was nothing to read");
        assert_eq!(from.read(&mut buf).await.unwrap(), 1);
        assert_eq!(buf[0], round);
    }
}

/// The bytes of a stream from `start` on: a write that is done twice, or half, shows.
fn bytes(start: usize, count: usize) -> Vec<u8> {
    const PERIOD: u8 = 251;
    let period: Vec<u8> = (0..PERIOD).collect();
    let start = start % period.len();
    period.repeat((start + count).div_ceil(period.len()))[start..][..count].to_vec()
}

/// Cuts writes to `to`, of which nothing fits, and lets `from` make room: what a dropped write was
/// to send has not been sent.
pub async fn writing(cut: Cut, mut to: impl AsyncWrite + Unpin, mut from: impl AsyncRead + Unpin) {
    const BLOCK: usize = 64 * 1024;
    let mut sent = 0;
    let mut received = 0;
    for _ in 0..3 {
        while let Poll::Ready(count) = poll_once(unconstrained(to.write(&bytes(sent, BLOCK)))) {
            sent += count.unwrap();
        }
        let room = async {
            let mut all = vec![0; sent - received];
            from.read_exact(&mut all).await.unwrap();
            assert!(all == bytes(received, all.len()));
            received = sent;
        };
        let block = bytes(sent, BLOCK);
        // The system may have moved some of it on meanwhile, and made room.
        if let Some(count) = cut.drop_midway(to.write(&block), room).await {
            sent += count.unwrap();
        }
        sent += to.write(&bytes(sent, BLOCK)).await.unwrap();
    }
    to.shutdown().await.unwrap();
    drop(to);
    let mut rest = Vec::new();
    from.read_to_end(&mut rest).await.unwrap();
    assert!(rest == bytes(received, sent - received));
}

#[test]
fn tcp_streams() {
    at_each_cut(|cut| async move {
        let (client, server) = tcp_pair().await;
        reading(cut, client, server).await;
        let (client, server) = tcp_pair().await;
        writing(cut, client, server).await;
    });
}

#[test]
fn halves_of_tcp_streams() {
    at_each_cut(|cut| async move {
        let (mut client, mut server) = tcp_pair().await;
        reading(cut, client.split().0, server.split().1).await;
        let ((from, _to), (_from, to)) = (client.into_split(), server.into_split());
        reading(cut, from, to).await;

        let (client, server) = tcp_pair().await;
        let ((_from, to), (from, _to)) = (client.into_split(), server.into_split());
        writing(cut, to, from).await;
        let (mut client, mut server) = tcp_pair().await;
        writing(cut, client.split().1, server.split().0).await;
    });
}

#[test]
fn unix_streams() {
    at_each_cut(|cut| async move {
        let (one, other) = UnixStream::pair().unwrap();
        reading(cut, one, other).await;
        let (one, other) = UnixStream::pair().unwrap();
        writing(cut, one, other).await;
    });
}

#[test]
fn halves_of_unix_streams() {
    at_each_cut(|cut| async move {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        reading(cut, one.split().0, other.split().1).await;
        let ((from, _to), (_from, to)) = (one.into_split(), other.into_split());
        reading(cut, from, to).await;

        let (one, other) = UnixStream::pair().unwrap();
        let ((_from, to), (from, _to)) = (one.into_split(), other.into_split());
        writing(cut, to, from).await;
        let (mut one, mut other) = UnixStream::pair().unwrap();
        writing(cut, one.split().1, other.split().0).await;
    });
}

#[test]
fn pipes() {
    at_each_cut(|cut| async move {
        let (sender, receiver) = pipe::pipe().unwrap();
        reading(cut, receiver, sender).await;
        let (sender, receiver) = pipe::pipe().unwrap();
        writing(cut, sender, receiver).await;
    });
}

#[test]
fn waiting_for_readiness_and_looking_ahead() {
    at_each_cut(|cut| async move {
        let (mut client, mut server) = tcp_pair().await;
        for round in 0..ROUNDS {
            let arrives = async { client.write_all(&[round]).await.unwrap() };
            // It may be a false alarm, left from the round before.
            drop(cut.drop_midway(server.readable(), arrives).await);
            server.readable().await.unwrap();
            assert_eq!(server.read_u8().await.unwrap(), round);

            let mut ahead = [0; 2];
            let arrives = async { client.write_all(&[round]).await.unwrap() };
            let early = cut.drop_midway(server.peek(&mut ahead), arrives).await;
            assert!(early.is_none());
            assert_eq!(server.peek(&mut ahead).await.unwrap(), 1);
            assert_eq!(server.read_u8().await.unwrap(), round);

            let mut byte = [0];
            let operation = || server.try_read(&mut byte);
            let arrives = async { client.write_all(&[round]).await.unwrap() };
            let read = server.async_io(Interest::READABLE, operation);
            assert!(cut.drop_midway(read, arrives).await.is_none());
            assert_eq!(server.read_u8().await.unwrap(), round);
        }
    });
}

#[test]
fn a_dropped_wait_leaves_nothing_on_the_stream() {
    crate::util::spawn_on_each(|| async {
        let (_client, server) = tcp_pair().await;
        let mut buf = [0; 2];
        for _ in 0..ROUNDS {
            forgets_at_once(server.readable()).await;
            forgets_at_once(server.ready(Interest::READABLE)).await;
            forgets_at_once(server.peek(&mut buf)).await;
        }
        let (one, _other) = UnixStream::pair().unwrap();
        forgets_at_once(one.readable()).await;
        let (_sender, receiver) = pipe::pipe().unwrap();
        forgets_at_once(receiver.readable()).await;
    });
}
