//! UDP: connected and not, peeking, readiness, options, conversions, cancellation.

mod util;

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::sync::Arc;

use plies::io::{Interest, ReadBuf};
use plies::net::UdpSocket;
use util::{location_of_panic, poll_once, spawn_on_each};

async fn bound() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").await.unwrap()
}

/// Two sockets that are connected with each other.
async fn pair() -> (UdpSocket, UdpSocket) {
    let (a, b) = (bound().await, bound().await);
    a.connect(b.local_addr().unwrap()).await.unwrap();
    b.connect(a.local_addr().unwrap()).await.unwrap();
    assert_eq!(a.peer_addr().unwrap(), b.local_addr().unwrap());
    (a, b)
}

#[test]
fn a_server_answers_many_clients() {
    spawn_on_each(|| async {
        let server = bound().await;
        let address = server.local_addr().unwrap();
        let server = plies::spawn(async move {
            let mut buf = [0; 16];
            loop {
                let (length, sender) = server.recv_from(&mut buf).await.unwrap();
                assert_eq!(
                    server.send_to(&buf[..length], sender).await.unwrap(),
                    length
                );
            }
        });
        let clients: Vec<_> = (0..20_u8)
            .map(|number| {
                plies::spawn(async move {
                    let client = bound().await;
                    client.connect(address).await.unwrap();
                    for round in 0..20 {
                        client.send(&[number, round]).await.unwrap();
                        let mut answer = [0; 16];
                        assert_eq!(client.recv(&mut answer).await.unwrap(), 2);
                        assert_eq!(answer[..2], [number, round]);
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        server.abort();
    });
}

#[test]
fn one_socket_sends_and_receives_in_different_tasks() {
    spawn_on_each(|| async {
        let (a, b) = pair().await;
        let a = Arc::new(a);
        let sender = plies::spawn({
            let a = a.clone();
            async move {
                for number in 0..50_u8 {
                    a.send(&[number]).await.unwrap();
                    plies::task::yield_now().await;
                }
            }
        });
        let echo = plies::spawn(async move {
            for number in 0..50_u8 {
                let mut byte = [0];
                b.recv(&mut byte).await.unwrap();
                assert_eq!(byte, [number]);
                b.send(&byte).await.unwrap();
            }
        });
        for number in 0..50_u8 {
            let mut byte = [0];
            a.recv(&mut byte).await.unwrap();
            assert_eq!(byte, [number]);
        }
        sender.await.unwrap();
        echo.await.unwrap();
    });
}

#[test]
fn datagrams_keep_their_bounds_and_lose_what_does_not_fit() {
    spawn_on_each(|| async {
        let (a, b) = pair().await;
        for datagram in [&b"first"[..], b"", b"the third"] {
            assert_eq!(a.send(datagram).await.unwrap(), datagram.len());
        }
        let mut buf = [0; 16];
        assert_eq!(b.recv(&mut buf[..3]).await.unwrap(), 3);
        assert_eq!(&buf[..3], b"fir");
        assert_eq!(b.recv(&mut buf).await.unwrap(), 0);
        assert_eq!(b.recv(&mut buf).await.unwrap(), 9);
    });
}

#[test]
fn buffers_that_grow_are_appended_to() {
    spawn_on_each(|| async {
        let (a, b) = pair().await;
        let from = a.local_addr().unwrap();
        let mut buf = Vec::with_capacity(64);
        a.send(b"one ").await.unwrap();
        assert_eq!(b.recv_buf(&mut buf).await.unwrap(), 4);
        a.send(b"two ").await.unwrap();
        assert_eq!(b.recv_buf_from(&mut buf).await.unwrap(), (4, from));
        a.send(b"three ").await.unwrap();
        b.readable().await.unwrap();
        assert_eq!(b.try_recv_buf(&mut buf).unwrap(), 6);
        a.send(b"four").await.unwrap();
        b.peek(&mut [0]).await.unwrap();
        assert_eq!(b.try_recv_buf_from(&mut buf).unwrap(), (4, from));
        assert_eq!(buf, b"one two three four");
    });
}

#[test]
fn trying_says_would_block_until_there_is_something() {
    spawn_on_each(|| async {
        let (a, b) = pair().await;
        let mut buf = [0; 8];
        let blocked = |error: io::Error| assert_eq!(error.kind(), ErrorKind::WouldBlock);
        blocked(b.try_recv(&mut buf).unwrap_err());
        blocked(b.try_recv_from(&mut buf).unwrap_err());
        blocked(b.try_peek(&mut buf).unwrap_err());
        blocked(b.try_peek_from(&mut buf).unwrap_err());
        blocked(b.try_peek_sender().unwrap_err());

        a.writable().await.unwrap();
        let (from, to) = (a.local_addr().unwrap(), b.local_addr().unwrap());
        assert_eq!(a.try_send(b"one").unwrap(), 3);
        assert_eq!(a.try_send_to(b"second", to).unwrap(), 6);
        let ready = b.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_readable() && !ready.is_writable());
        assert_eq!(b.try_recv(&mut buf).unwrap(), 3);
        assert_eq!(b.try_recv_from(&mut buf).unwrap(), (6, from));
    });
}

#[test]
fn peeking_leaves_the_datagram_to_be_received() {
    spawn_on_each(|| async {
        let (a, b) = pair().await;
        let from = a.local_addr().unwrap();
        a.send(b"look").await.unwrap();
        let mut buf = [0; 8];
        assert_eq!(b.peek_sender().await.unwrap(), from);
        assert_eq!(b.try_peek_sender().unwrap(), from);
        assert_eq!(b.peek(&mut buf).await.unwrap(), 4);
        assert_eq!(b.try_peek(&mut buf).unwrap(), 4);
        assert_eq!(b.peek_from(&mut buf).await.unwrap(), (4, from));
        assert_eq!(b.try_peek_from(&mut buf).unwrap(), (4, from));
        let polled = poll_fn(|cx| b.poll_peek_sender(cx)).await.unwrap();
        assert_eq!(polled, from);
        let mut peeked = ReadBuf::new(&mut buf);
        poll_fn(|cx| b.poll_peek(cx, &mut peeked)).await.unwrap();
        assert_eq!(peeked.filled(), b"look");
        peeked.clear();
        let polled = poll_fn(|cx| b.poll_peek_from(cx, &mut peeked)).await;
        assert_eq!((polled.unwrap(), peeked.filled()), (from, &b"look"[..]));
        assert_eq!(b.recv(&mut buf).await.unwrap(), 4);
        assert!(poll_once(b.peek_sender()).is_pending());
    });
}

#[test]
fn the_polled_forms_wait_and_transfer() {
    spawn_on_each(|| async {
        let (a, b) = pair().await;
        let (from, to) = (a.local_addr().unwrap(), b.local_addr().unwrap());
        let receiver = plies::spawn(async move {
            let mut memory = [0; 8];
            let mut buf = ReadBuf::new(&mut memory);
            poll_fn(|cx| b.poll_recv_ready(cx)).await.unwrap();
            poll_fn(|cx| b.poll_recv(cx, &mut buf)).await.unwrap();
            let sender = poll_fn(|cx| b.poll_recv_from(cx, &mut buf)).await.unwrap();
            (sender, buf.filled().to_vec())
        });
        plies::task::yield_now().await;
        poll_fn(|cx| a.poll_send_ready(cx)).await.unwrap();
        assert_eq!(poll_fn(|cx| a.poll_send(cx, b"ab")).await.unwrap(), 2);
        let sent = poll_fn(|cx| a.poll_send_to(cx, b"cd", to)).await;
        assert_eq!(sent.unwrap(), 2);
        assert_eq!(receiver.await.unwrap(), (from, b"abcd".to_vec()));
    });
}

#[test]
fn an_operation_of_the_users_own_waits_for_readiness() {
    spawn_on_each(|| async {
        let (a, b) = pair().await;
        let receiver = plies::spawn(async move {
            let peek = || socket2::SockRef::from(&b).peek_sender();
            let sender = b.async_io(Interest::READABLE, peek).await.unwrap();
            b.try_io(Interest::READABLE, peek).unwrap();
            sender.as_socket().unwrap()
        });
        a.send(b"x").await.unwrap();
        assert_eq!(receiver.await.unwrap(), a.local_addr().unwrap());
    });
}

#[test]
fn a_refused_datagram_is_told_to_the_next_operation() {
    spawn_on_each(|| async {
        let (a, b) = pair().await;
        drop(b);
        a.send(b"nobody").await.unwrap();
        let error = a.recv(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        a.send(b"nobody").await.unwrap();
        while a.take_error().unwrap().is_none() {
            plies::task::yield_now().await;
        }
    });
}

#[test]
fn addresses_that_cannot_be_used_are_errors() {
    spawn_on_each(|| async {
        let socket = bound().await;
        let taken = UdpSocket::bind(socket.local_addr().unwrap()).await;
        assert_eq!(taken.unwrap_err().kind(), ErrorKind::AddrInUse);
        let none: &[std::net::SocketAddr] = &[];
        let error = socket.send_to(b"x", none).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(socket.send(b"x").await.is_err(), "it is not connected");
        assert!(socket.peer_addr().is_err());
    });
}

#[test]
fn options_are_set_and_read() {
    spawn_on_each(|| async {
        let socket = bound().await;
        for on in [true, false] {
            socket.set_broadcast(on).unwrap();
            assert_eq!(socket.broadcast().unwrap(), on);
            socket.set_multicast_loop_v4(on).unwrap();
            assert_eq!(socket.multicast_loop_v4().unwrap(), on);
        }
        socket.set_ttl(42).unwrap();
        assert_eq!(socket.ttl().unwrap(), 42);
        socket.set_multicast_ttl_v4(3).unwrap();
        assert_eq!(socket.multicast_ttl_v4().unwrap(), 3);
        socket.set_tos_v4(0x10).unwrap();
        assert_eq!(socket.tos_v4().unwrap(), 0x10);
        #[cfg(target_os = "linux")]
        assert_eq!(socket.device().unwrap(), None);

        let group = Ipv4Addr::new(224, 0, 0, 123);
        socket
            .join_multicast_v4(group, Ipv4Addr::LOCALHOST)
            .unwrap();
        socket
            .leave_multicast_v4(group, Ipv4Addr::LOCALHOST)
            .unwrap();
        assert!(
            socket
                .leave_multicast_v4(group, Ipv4Addr::LOCALHOST)
                .is_err()
        );
    });
}

#[test]
fn options_of_ipv6_are_set_and_read() {
    spawn_on_each(|| async {
        let Ok(socket) = UdpSocket::bind("[::1]:0").await else {
            println!("skipped: this host has no IPv6 loopback");
            return;
        };
        socket.set_multicast_loop_v6(false).unwrap();
        assert!(!socket.multicast_loop_v6().unwrap());
        socket.set_tclass_v6(96).unwrap();
        assert_eq!(socket.tclass_v6().unwrap(), 96);
        let not_a_group = "::1".parse().unwrap();
        assert!(socket.join_multicast_v6(&not_a_group, 0).is_err());
        assert!(socket.leave_multicast_v6(&not_a_group, 0).is_err());
    });
}

#[test]
fn sockets_of_the_standard_library_come_and_go() {
    spawn_on_each(|| async {
        let std = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let error = UdpSocket::from_std(std).unwrap_err();
        assert!(
            error.to_string().contains("set_nonblocking(true)"),
            "{error}"
        );
        let (a, b) = pair().await;
        assert!(poll_once(b.recv(&mut [0])).is_pending());
        let b = UdpSocket::try_from(b.into_std().unwrap()).unwrap();
        a.send(b"x").await.unwrap();
        assert_eq!(b.recv(&mut [0]).await.unwrap(), 1);
    });
}

#[test]
fn taking_over_a_socket_outside_of_a_runtime_panics_at_the_callers_line() {
    let std = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    std.set_nonblocking(true).unwrap();
    let file = location_of_panic(|| drop(UdpSocket::from_std(std)));
    assert!(file.ends_with("udp.rs"), "{file}");
}

#[test]
fn receiving_is_cancel_safe() {
    spawn_on_each(|| async {
        let (a, b) = pair().await;
        for number in 0..50_u8 {
            let mut buf = [0; 2];
            assert!(poll_once(b.recv(&mut buf)).is_pending());
            assert!(poll_once(b.recv_from(&mut buf)).is_pending());
            assert!(poll_once(b.peek(&mut buf)).is_pending());
            a.send(&[number]).await.unwrap();
            assert_eq!(b.recv(&mut buf).await.unwrap(), 1);
            assert_eq!(buf[0], number);
        }
    });
}

#[test]
fn a_socket_that_is_always_ready_shares_its_worker() {
    spawn_on_each(|| async {
        let (a, _b) = pair().await;
        let sender = plies::spawn(async move {
            loop {
                a.send(b"again").await.unwrap();
            }
        });
        for _ in 0..100 {
            plies::task::yield_now().await;
        }
        sender.abort();
        assert!(sender.await.unwrap_err().is_cancelled());
    });
}
