//! Listeners, and making connections to them.

use std::sync::Arc;

use plies::io::AsyncReadExt;
use plies::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream, lookup_host};

use crate::ROUNDS;
use crate::cut::{at_each_cut, forgets_at_once, in_every_wait_for_a_thread};
use crate::util::{Folder, spawn_on_each};

#[test]
fn accepting_from_a_tcp_listener() {
    at_each_cut(|cut| async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        for _ in 0..ROUNDS {
            let mut client = None;
            let arrives = async { client = Some(TcpStream::connect(address).await.unwrap()) };
            assert!(cut.drop_midway(listener.accept(), arrives).await.is_none());
            let (_, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, client.unwrap().local_addr().unwrap());
        }
        forgets_at_once(listener.accept()).await;
    });
}

#[test]
fn accepting_from_a_unix_listener() {
    at_each_cut(|cut| async move {
        let folder = Folder::new();
        let path = folder.file("socket");
        let listener = UnixListener::bind(&path).unwrap();
        for round in 0..ROUNDS {
            let mut client = None;
            let arrives = async { client = Some(UnixStream::connect(&path).await.unwrap()) };
            assert!(cut.drop_midway(listener.accept(), arrives).await.is_none());
            let (mut server, _) = listener.accept().await.unwrap();
            assert_eq!(client.unwrap().try_write(&[round]).unwrap(), 1);
            assert_eq!(server.read_u8().await.unwrap(), round);
        }
        forgets_at_once(listener.accept()).await;
    });
}

#[test]
fn the_connection_that_woke_a_dropped_accept_goes_to_another() {
    at_each_cut(|cut| async move {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = listener.local_addr().unwrap();
        for _ in 0..ROUNDS {
            let other = listener.clone();
            let other = plies::spawn(async move { other.accept().await.unwrap().1 });
            plies::task::yield_now().await;
            let mut client = None;
            let arrives = async { client = Some(TcpStream::connect(address).await.unwrap()) };
            let early = cut.drop_midway(listener.accept(), arrives).await;
            assert!(early.is_none());
            assert_eq!(other.await.unwrap(), client.unwrap().local_addr().unwrap());
        }
    });
}

/// Every connection but the last one was given up: it is closed.
async fn expect_the_last(listener: TcpListener, last: TcpStream) {
    let address = last.local_addr().unwrap();
    loop {
        let (mut server, peer) = listener.accept().await.unwrap();
        if peer == address {
            return;
        }
        assert!(matches!(server.read(&mut [0]).await, Ok(0) | Err(_)));
    }
}

#[test]
fn connecting_by_tcp() {
    at_each_cut(|cut| async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        for _ in 0..ROUNDS {
            // It may stand at once.
            drop(cut.drop_midway(TcpStream::connect(address), async {}).await);
            let connect = TcpSocket::new_v4().unwrap().connect(address);
            drop(cut.drop_midway(connect, async {}).await);
        }
        let last = TcpStream::connect(address).await.unwrap();
        expect_the_last(listener, last).await;
    });
}

#[test]
fn connecting_to_a_name() {
    spawn_on_each(|| async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connect = || TcpStream::connect(("localhost", port));
        let last = in_every_wait_for_a_thread(connect).await;
        expect_the_last(listener, last.unwrap()).await;

        let lookup = || async { lookup_host(("localhost", 80)).await.unwrap().count() };
        assert!(in_every_wait_for_a_thread(lookup).await > 0);
    });
}

#[test]
fn connecting_to_a_path() {
    at_each_cut(|cut| async move {
        let folder = Folder::new();
        let path = folder.file("socket");
        let listener = UnixListener::bind(&path).unwrap();
        for round in 0..ROUNDS {
            let given_up = cut.drop_midway(UnixStream::connect(&path), async {}).await;
            drop(given_up);
            let last = UnixStream::connect(&path).await.unwrap();
            assert_eq!(last.try_write(&[round]).unwrap(), 1);
            // The one that was given up, if it got here, is closed.
            loop {
                let (mut server, _) = listener.accept().await.unwrap();
                if let Ok(byte) = server.read_u8().await {
                    assert_eq!(byte, round);
                    break;
                }
            }
        }
    });
}
