//! TCP: connecting, both directions at once, readiness, options, cancellation.

mod util;

use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::time::Duration;

use plies::io::{AsyncReadExt, AsyncWriteExt, Interest};
use plies::net::{TcpListener, TcpStream, lookup_host};
use util::{poll_once, spawn_on_each};

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connect = TcpStream::connect(listener.local_addr().unwrap());
    let (client, accepted) = plies::join!(connect, listener.accept());
    let (server, peer) = accepted.unwrap();
    let client = client.unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
    assert_eq!(client.peer_addr().unwrap(), server.local_addr().unwrap());
    (client, server)
}

#[test]
fn many_connections_echo_at_once() {
    spawn_on_each(|| async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = plies::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                plies::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    plies::io::copy(&mut from, &mut to).await
                });
            }
        });
        let clients: Vec<_> = (0..50_u32)
            .map(|number| plies::spawn(converse(address, number)))
            .collect();
        for client in clients {
            client.await.unwrap().unwrap();
        }
        server.abort();
    });
}

async fn converse(address: SocketAddr, number: u32) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    for round in 0..20_u32 {
        let sent = number * 1000 + round;
        stream.write_u32(sent).await?;
        assert_eq!(stream.read_u32().await?, sent);
    }
    stream.shutdown().await?;
    assert_eq!(stream.read(&mut [0]).await?, 0, "the end of the stream");
    Ok(())
}

#[test]
fn more_than_the_socket_buffers_passes_through_owned_halves() {
    const SIZE: usize = 8 * 1024 * 1024;
    spawn_on_each(|| async {
        let (client, mut server) = pair().await;
        let (mut read, mut write) = client.into_split();
        let sender = plies::spawn(async move {
            let block: Vec<u8> = (0..=255).collect();
            for _ in 0..SIZE / block.len() {
                write.write_all(&block).await.unwrap();
            }
            // Dropping the half tells the other side that this was all.
        });
        let receiver = plies::spawn(async move {
            let mut all = Vec::new();
            server.read_to_end(&mut all).await.unwrap();
            server.write_all(b"thanks").await.unwrap();
            all
        });
        let mut answer = [0; 6];
        read.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"thanks");
        sender.await.unwrap();
        let all = receiver.await.unwrap();
        assert_eq!(all.len(), SIZE);
        assert!(
            all.iter()
                .enumerate()
                .all(|(at, byte)| at % 256 == usize::from(*byte))
        );
    });
}

#[test]
fn halves_of_one_stream_reunite_and_others_do_not() {
    spawn_on_each(|| async {
        let (client, mut server) = pair().await;
        let (read, write) = client.into_split();
        let (other_read, other_write) = pair().await.0.into_split();
        let error = read.reunite(other_write).unwrap_err();
        assert!(error.to_string().contains("not of one stream"));
        let mut client = error.0.reunite(write).unwrap();
        drop((other_read, error.1));
        // It was not shut down on the way.
        client.write_all(b"whole").await.unwrap();
        let mut heard = [0; 5];
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"whole");
    });
}

#[test]
fn a_forgotten_half_leaves_its_direction_open() {
    spawn_on_each(|| async {
        let (client, server) = pair().await;
        let (read, write) = client.into_split();
        write.forget();
        let mut byte = [0];
        assert!(poll_once(server.peek(&mut byte)).is_pending());
        drop(read);
        assert_eq!(server.peek(&mut byte).await.unwrap(), 0);
    });
}

#[test]
fn trying_says_would_block_until_there_is_something() {
    spawn_on_each(|| async {
        let (client, server) = pair().await;
        let mut buf = [0; 16];
        assert_eq!(
            server.try_read(&mut buf).unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        client.writable().await.unwrap();
        let parts = [IoSlice::new(b"scat"), IoSlice::new(b"tered")];
        assert_eq!(client.try_write_vectored(&parts).unwrap(), 9);
        loop {
            assert!(
                server
                    .ready(Interest::READABLE)
                    .await
                    .unwrap()
                    .is_readable()
            );
            let (mut first, mut second) = ([0; 3], [0; 16]);
            let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
            match server.try_read_vectored(&mut bufs) {
                Ok(count) => {
                    assert_eq!(count, 9);
                    assert_eq!((&first, &second[..6]), (b"sca", &b"ttered"[..]));
                    break;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        let mut grows = Vec::new();
        assert_eq!(
            server.try_read_buf(&mut grows).unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        client.try_write(b"more").unwrap();
        server.readable().await.unwrap();
        while grows.is_empty() {
            let _ = server.try_read_buf(&mut grows);
        }
        assert_eq!(grows, b"more");
    });
}

#[test]
fn peeking_leaves_the_data_to_be_read() {
    spawn_on_each(|| async {
        let (mut client, mut server) = pair().await;
        client.write_all(b"look").await.unwrap();
        let mut buf = [0; 4];
        for _ in 0..2 {
            assert_eq!(server.peek(&mut buf).await.unwrap(), 4);
        }
        server.read_exact(&mut buf).await.unwrap();
        assert_eq!(&buf, b"look");
    });
}

#[test]
fn an_operation_of_the_users_own_waits_for_readiness() {
    spawn_on_each(|| async {
        let (mut client, server) = pair().await;
        let reader = plies::spawn(async move {
            let mut buf = [0; 4];
            let count = server
                .async_io(Interest::READABLE, || peek(&server))
                .await
                .unwrap();
            assert_eq!(
                server.try_io(Interest::READABLE, || peek(&server)).unwrap(),
                count
            );
            assert_eq!(server.try_read(&mut buf).unwrap(), count);
            buf
        });
        client.write_all(b"four").await.unwrap();
        assert_eq!(&reader.await.unwrap(), b"four");
    });
}

fn peek(stream: &TcpStream) -> io::Result<usize> {
    let mut buf = [std::mem::MaybeUninit::uninit(); 4];
    socket2::SockRef::from(stream).peek(&mut buf)
}

#[test]
fn nobody_listening_is_refused() {
    spawn_on_each(|| async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn the_next_address_is_tried_when_one_refuses() {
    spawn_on_each(|| async {
        let dead = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let alive = listener.local_addr().unwrap();
        let stream = TcpStream::connect(&[dead, alive][..]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), alive);
        let none: &[SocketAddr] = &[];
        assert_eq!(
            TcpStream::connect(none).await.unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    });
}

#[test]
fn names_are_looked_up_and_bad_ones_are_errors() {
    spawn_on_each(|| async {
        let found: Vec<_> = lookup_host(("localhost", 80)).await.unwrap().collect();
        assert!(
            found
                .iter()
                .all(|address| address.ip().is_loopback() && address.port() == 80)
        );
        assert!(!found.is_empty());
        assert!(lookup_host("localhost").await.is_err(), "there is no port");
        assert!(TcpStream::connect("no host at all:1").await.is_err());
    });
}

#[test]
fn a_port_in_use_is_an_error() {
    spawn_on_each(|| async {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let error = TcpListener::bind(first.local_addr().unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    });
}

#[test]
fn sockets_of_the_standard_library_come_and_go() {
    spawn_on_each(|| async {
        let blocking = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = blocking.local_addr().unwrap();
        let error = TcpListener::from_std(blocking).unwrap_err();
        assert!(
            error.to_string().contains("set_nonblocking(true)"),
            "{error}"
        );

        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let client = std::net::TcpStream::connect(address).unwrap();
        client.set_nonblocking(true).unwrap();
        let mut client = TcpStream::from_std(client).unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        client.write_all(b"hi").await.unwrap();
        server.read_exact(&mut [0; 2]).await.unwrap();

        let std = server.into_std().unwrap();
        let mut again = TcpStream::try_from(std).unwrap();
        again.write_all(b"ho").await.unwrap();
        client.read_exact(&mut [0; 2]).await.unwrap();
        drop(listener.into_std().unwrap());
    });
}

#[test]
fn options_are_set_and_read() {
    spawn_on_each(|| async {
        let (client, server) = pair().await;
        for nodelay in [true, false] {
            client.set_nodelay(nodelay).unwrap();
            assert_eq!(client.nodelay().unwrap(), nodelay);
        }
        client.set_ttl(42).unwrap();
        assert_eq!(client.ttl().unwrap(), 42);
        assert_eq!(client.linger().unwrap(), None);
        client.set_zero_linger().unwrap();
        assert_eq!(client.linger().unwrap(), Some(Duration::ZERO));
        assert!(client.take_error().unwrap().is_none());
        drop(client);
        let mut server = server;
        let error = server.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn accepting_is_cancel_safe() {
    spawn_on_each(|| async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        for _ in 0..20 {
            assert!(poll_once(listener.accept()).is_pending());
            let connect = plies::spawn(TcpStream::connect(address));
            let client = connect.await.unwrap().unwrap();
            let (_, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        }
    });
}

#[test]
fn reading_is_cancel_safe() {
    spawn_on_each(|| async {
        let (mut client, mut server) = pair().await;
        for number in 0..50_u8 {
            let mut byte = [0];
            assert!(poll_once(server.read(&mut byte)).is_pending());
            client.write_all(&[number]).await.unwrap();
            server.read_exact(&mut byte).await.unwrap();
            assert_eq!(byte, [number]);
        }
    });
}

#[test]
fn a_dropped_connection_attempt_is_closed() {
    spawn_on_each(|| async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        drop(poll_once(TcpStream::connect(
            listener.local_addr().unwrap(),
        )));
        let (mut server, _) = listener.accept().await.unwrap();
        // The end of the stream, or a reset, but no endless wait.
        assert!(matches!(server.read(&mut [0]).await, Ok(0) | Err(_)));
    });
}

#[test]
fn a_socket_made_in_one_task_is_used_in_others() {
    spawn_on_each(|| async {
        let (mut client, mut server) = pair().await;
        for number in 0..40_u8 {
            let task = plies::spawn(async move {
                client.write_all(&[number]).await.unwrap();
                client
            });
            let other = plies::spawn(async move {
                assert_eq!(server.read_u8().await.unwrap(), number);
                server
            });
            client = task.await.unwrap();
            server = other.await.unwrap();
        }
    });
}

#[test]
fn a_socket_that_is_always_ready_shares_its_worker() {
    spawn_on_each(|| async {
        let (client, server) = pair().await;
        let writer = plies::spawn(async move {
            let mut client = client;
            let block = [7; 1024];
            while client.write_all(&block).await.is_ok() {}
        });
        let reader = plies::spawn(async move {
            let mut server = server;
            let mut block = [0; 16];
            while server.read(&mut block).await.is_ok() {}
        });
        for _ in 0..100 {
            plies::task::yield_now().await;
        }
        writer.abort();
        assert!(writer.await.unwrap_err().is_cancelled());
        reader.abort();
        assert!(reader.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_socket_outlives_its_runtime_with_an_error() {
    for (name, runtime) in util::runtimes() {
        let (client, server) = runtime.block_on(pair());
        runtime.block_on(async {
            assert!(poll_once(server.readable()).is_pending());
        });
        drop(runtime);
        let error = plies_scheduler::block_on(server.readable()).unwrap_err();
        assert!(
            error.to_string().contains("shut down"),
            "on {name}: {error}"
        );
        drop(client);
    }
}

#[test]
#[allow(deprecated)] // They are there for programs that have them still.
fn options_that_are_deprecated_or_of_linux_are_set_and_read() {
    spawn_on_each(|| async {
        let (client, _server) = pair().await;
        client.set_linger(Some(Duration::from_secs(3))).unwrap();
        assert_eq!(client.linger().unwrap(), Some(Duration::from_secs(3)));
        client.set_linger(None).unwrap();
        assert_eq!(client.linger().unwrap(), None);
        // What it says later is the kernel's business.
        #[cfg(target_os = "linux")]
        for quick in [true, false] {
            client.set_quickack(quick).unwrap();
            assert_eq!(client.quickack().unwrap(), quick);
        }
    });
}
