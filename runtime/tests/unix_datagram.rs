//! Unix datagrams: bound, connected and neither, back pressure, conversions, cancellation.

mod util;

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::os::unix::net;
use std::task::Poll;

use plies::io::{Interest, ReadBuf};
use plies::net::UnixDatagram;
use util::{Folder, location_of_panic, poll_once, spawn_on_each};

fn pair() -> (UnixDatagram, UnixDatagram) {
    UnixDatagram::pair().unwrap()
}

#[test]
fn a_bound_socket_answers_those_that_are_bound_too() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let (at, from) = (folder.file("server"), folder.file("client"));
        let server = UnixDatagram::bind(&at).unwrap();
        let client = UnixDatagram::bind(&from).unwrap();
        let server = plies::spawn(async move {
            let mut buf = [0; 16];
            let (length, sender) = server.recv_from(&mut buf).await.unwrap();
            let path = sender.as_pathname().unwrap();
            server.send_to(&buf[..length], path).await.unwrap();
            let (_, sender) = server.recv_from(&mut buf).await.unwrap();
            assert!(sender.is_unnamed());
        });
        client.send_to(b"ping", &at).await.unwrap();
        let mut buf = [0; 16];
        assert_eq!(client.recv(&mut buf).await.unwrap(), 4);
        assert_eq!(&buf[..4], b"ping");

        let nameless = UnixDatagram::unbound().unwrap();
        assert!(nameless.local_addr().unwrap().is_unnamed());
        nameless.connect(&at).unwrap();
        let peer = nameless.peer_addr().unwrap();
        assert_eq!(peer.as_pathname(), Some(at.as_path()));
        nameless.send(b"x").await.unwrap();
        server.await.unwrap();
    });
}

#[test]
fn a_sender_waits_while_the_receivers_queue_is_full() {
    spawn_on_each(|| async {
        let (sender, receiver) = pair();
        let sender = plies::spawn(async move {
            for number in 0..2000_u32 {
                sender.send(&number.to_ne_bytes()).await.unwrap();
            }
        });
        for number in 0..2000_u32 {
            let mut buf = [0; 4];
            receiver.recv(&mut buf).await.unwrap();
            assert_eq!(u32::from_ne_bytes(buf), number);
        }
        sender.await.unwrap();
    });
}

#[test]
fn buffers_that_grow_are_appended_to() {
    spawn_on_each(|| async {
        let (a, b) = pair();
        let mut buf = Vec::with_capacity(64);
        a.send(b"one ").await.unwrap();
        assert_eq!(b.recv_buf(&mut buf).await.unwrap(), 4);
        a.send(b"two ").await.unwrap();
        let (length, sender) = b.recv_buf_from(&mut buf).await.unwrap();
        assert!(length == 4 && sender.is_unnamed());
        a.send(b"three ").await.unwrap();
        assert_eq!(b.try_recv_buf(&mut buf).unwrap(), 6);
        a.send(b"four").await.unwrap();
        assert_eq!(b.try_recv_buf_from(&mut buf).unwrap().0, 4);
        assert_eq!(buf, b"one two three four");
    });
}

#[test]
fn trying_says_would_block_until_there_is_something() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("receiver");
        let receiver = UnixDatagram::bind(&path).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        let mut buf = [0; 8];
        let blocked = |error: io::Error| assert_eq!(error.kind(), ErrorKind::WouldBlock);
        blocked(receiver.try_recv(&mut buf).unwrap_err());
        blocked(receiver.try_recv_from(&mut buf).unwrap_err());
        sender.writable().await.unwrap();
        assert_eq!(sender.try_send_to(b"first", &path).unwrap(), 5);
        sender.connect(&path).unwrap();
        assert_eq!(sender.try_send(b"second").unwrap(), 6);
        let ready = receiver.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_readable() && !ready.is_writable());
        assert_eq!(receiver.try_recv(&mut buf).unwrap(), 5);
        assert_eq!(receiver.try_recv_from(&mut buf).unwrap().0, 6);
    });
}

#[test]
fn the_polled_forms_wait_and_transfer() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("receiver");
        let receiver = UnixDatagram::bind(&path).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        let received = plies::spawn(async move {
            let mut memory = [0; 8];
            let mut buf = ReadBuf::new(&mut memory);
            poll_fn(|cx| receiver.poll_recv_ready(cx)).await.unwrap();
            poll_fn(|cx| receiver.poll_recv(cx, &mut buf))
                .await
                .unwrap();
            let from = poll_fn(|cx| receiver.poll_recv_from(cx, &mut buf)).await;
            assert!(from.unwrap().is_unnamed());
            buf.filled().to_vec()
        });
        plies::task::yield_now().await;
        poll_fn(|cx| sender.poll_send_ready(cx)).await.unwrap();
        let sent = poll_fn(|cx| sender.poll_send_to(cx, b"ab", &path)).await;
        assert_eq!(sent.unwrap(), 2);
        sender.connect(&path).unwrap();
        assert_eq!(poll_fn(|cx| sender.poll_send(cx, b"cd")).await.unwrap(), 2);
        assert_eq!(received.await.unwrap(), b"abcd");
    });
}

#[test]
fn an_operation_of_the_users_own_waits_for_readiness() {
    spawn_on_each(|| async {
        let (a, b) = pair();
        let receiver = plies::spawn(async move {
            let mut buf = [std::mem::MaybeUninit::uninit(); 8];
            let mut peek = || socket2::SockRef::from(&b).peek(&mut buf);
            let length = b.async_io(Interest::READABLE, &mut peek).await.unwrap();
            assert_eq!(b.try_io(Interest::READABLE, peek).unwrap(), length);
            length
        });
        a.send(b"four").await.unwrap();
        assert_eq!(receiver.await.unwrap(), 4);
    });
}

#[test]
fn a_closed_direction_and_a_missing_receiver_are_errors() {
    spawn_on_each(|| async {
        let (a, b) = pair();
        a.shutdown(Shutdown::Write).unwrap();
        let error = a.send(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        drop(a);
        assert!(b.send(b"x").await.is_err());

        let folder = Folder::new();
        let nobody = folder.file("nobody");
        let alone = UnixDatagram::unbound().unwrap();
        assert_eq!(
            alone.connect(&nobody).unwrap_err().kind(),
            ErrorKind::NotFound
        );
        let error = alone.send_to(b"x", &nobody).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(alone.send(b"x").await.is_err(), "it is not connected");
        assert!(alone.take_error().unwrap().is_none());
        let long = folder.file(&"long".repeat(50));
        let error = alone.send_to(b"x", &long).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn an_abstract_name_needs_no_file() {
    spawn_on_each(|| async {
        let name = format!(
            "\0plies-datagram-{}-{:?}",
            std::process::id(),
            plies::task::id()
        );
        let receiver = UnixDatagram::bind(&name).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        sender.send_to(b"first", &name).await.unwrap();
        sender.connect(&name).unwrap();
        sender.send(b"second").await.unwrap();
        let mut buf = [0; 8];
        assert_eq!(receiver.recv(&mut buf).await.unwrap(), 5);
        assert_eq!(receiver.recv(&mut buf).await.unwrap(), 6);
    });
}

#[test]
fn sockets_of_the_standard_library_come_and_go() {
    spawn_on_each(|| async {
        let (std, other) = net::UnixDatagram::pair().unwrap();
        let error = UnixDatagram::from_std(std.try_clone().unwrap()).unwrap_err();
        assert!(error.to_string().contains("set_nonblocking(true)"));
        std.set_nonblocking(true).unwrap();
        let socket = UnixDatagram::from_std(std).unwrap();
        assert!(poll_once(socket.recv(&mut [0])).is_pending());
        let socket = UnixDatagram::try_from(socket.into_std().unwrap()).unwrap();
        other.send(b"x").unwrap();
        assert_eq!(socket.recv(&mut [0]).await.unwrap(), 1);
    });
}

#[test]
fn receiving_and_sending_are_cancel_safe() {
    spawn_on_each(|| async {
        let (a, b) = pair();
        for number in 0..50_u8 {
            let mut buf = [0; 2];
            assert!(poll_once(b.recv(&mut buf)).is_pending());
            assert!(poll_once(b.recv_from(&mut buf)).is_pending());
            a.send(&[number]).await.unwrap();
            assert_eq!(b.recv(&mut buf).await.unwrap(), 1);
            assert_eq!(buf[0], number);
        }
        // Until the queue is full: a send that is dropped then has sent nothing.
        let mut sent = 0;
        while let Poll::Ready(length) = poll_once(a.send(b"x")) {
            sent += length.unwrap();
        }
        for _ in 0..sent {
            b.try_recv(&mut [0]).unwrap();
        }
        assert!(b.try_recv(&mut [0]).is_err());
    });
}

#[test]
fn binding_outside_of_a_runtime_panics_at_the_callers_line() {
    let file = location_of_panic(|| drop(UnixDatagram::unbound()));
    assert!(file.ends_with("unix_datagram.rs"), "{file}");
}
