//! TCP sockets before they listen or connect: options, binding, conversions, cancellation.

mod util;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};
use std::time::Duration;

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::{TcpListener, TcpSocket};
use util::{location_of_panic, poll_once, spawn_on_each};

fn loopback() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

fn listener() -> (TcpListener, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(loopback()).unwrap();
    let bound = socket.local_addr().unwrap();
    let listener = socket.listen(16).unwrap();
    assert_eq!(listener.local_addr().unwrap(), bound);
    (listener, bound)
}

#[test]
fn a_connection_starts_from_the_bound_address() {
    spawn_on_each(|| async {
        let (listener, address) = listener();
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(loopback()).unwrap();
        let from = socket.local_addr().unwrap();
        let mut client = socket.connect(address).await.unwrap();
        let (mut server, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, from);
        client.write_all(b"hello").await.unwrap();
        server.read_exact(&mut [0; 5]).await.unwrap();
    });
}

#[test]
fn an_ipv6_socket_connects_over_ipv6() {
    spawn_on_each(|| async {
        let socket = TcpSocket::new_v6().unwrap();
        if let Err(error) = socket.bind("[::1]:0".parse().unwrap()) {
            println!("skipped: this host has no IPv6 loopback ({error})");
            return;
        }
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        assert!(address.is_ipv6());
        let client = TcpSocket::new_v6().unwrap().connect(address).await.unwrap();
        assert_eq!(client.peer_addr().unwrap(), address);
    });
}

#[test]
fn nobody_listening_is_refused() {
    spawn_on_each(|| async {
        let (listener, address) = listener();
        drop(listener);
        let connect = TcpSocket::new_v4().unwrap().connect(address);
        assert_eq!(
            connect.await.unwrap_err().kind(),
            ErrorKind::ConnectionRefused
        );
    });
}

#[test]
fn an_address_in_use_is_an_error_unless_the_port_is_shared() {
    spawn_on_each(|| async {
        let (_listener, address) = listener();
        let second = TcpSocket::new_v4().unwrap();
        assert_eq!(
            second.bind(address).unwrap_err().kind(),
            ErrorKind::AddrInUse
        );

        let share = |address| {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_reuseport(true).unwrap();
            socket.bind(address).unwrap();
            socket.listen(1).unwrap()
        };
        let first = share(loopback());
        share(first.local_addr().unwrap());
    });
}

#[test]
fn options_are_set_and_read() {
    let socket = TcpSocket::new_v4().unwrap();
    for on in [true, false] {
        socket.set_reuseaddr(on).unwrap();
        assert_eq!(socket.reuseaddr().unwrap(), on);
        socket.set_reuseport(on).unwrap();
        assert_eq!(socket.reuseport().unwrap(), on);
        socket.set_keepalive(on).unwrap();
        assert_eq!(socket.keepalive().unwrap(), on);
        socket.set_nodelay(on).unwrap();
        assert_eq!(socket.nodelay().unwrap(), on);
    }
    socket.set_tos_v4(0x10).unwrap();
    assert_eq!(socket.tos_v4().unwrap(), 0x10);
    // At least what was asked for: Linux keeps room for its own use.
    socket.set_send_buffer_size(16_384).unwrap();
    assert!(socket.send_buffer_size().unwrap() >= 16_384);
    socket.set_recv_buffer_size(16_384).unwrap();
    assert!(socket.recv_buffer_size().unwrap() >= 16_384);
    assert_eq!(socket.linger().unwrap(), None);
    socket.set_zero_linger().unwrap();
    assert_eq!(socket.linger().unwrap(), Some(Duration::ZERO));
    assert!(socket.take_error().unwrap().is_none());
    #[cfg(target_os = "linux")]
    {
        assert_eq!(socket.device().unwrap(), None);
        assert!(socket.bind_device(Some(b"no such interface")).is_err());
    }
}

#[test]
fn the_traffic_class_of_ipv6_is_set_and_read() {
    let Ok(socket) = TcpSocket::new_v6() else {
        println!("skipped: this host has no IPv6");
        return;
    };
    socket.set_tclass_v6(96).unwrap();
    assert_eq!(socket.tclass_v6().unwrap(), 96);
}

#[test]
fn options_stay_when_the_socket_connects() {
    spawn_on_each(|| async {
        let (_listener, address) = listener();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_nodelay(true).unwrap();
        let stream = socket.connect(address).await.unwrap();
        assert!(stream.nodelay().unwrap());
    });
}

#[test]
fn sockets_come_from_descriptors_and_go_as_such() {
    spawn_on_each(|| async {
        let socket = TcpSocket::new_v4().unwrap();
        let number = socket.as_raw_fd();
        let fd = socket.into_raw_fd();
        assert_eq!(fd, number);
        // SAFETY: the descriptor was just given away by its only owner, a TCP socket.
        let socket = unsafe { TcpSocket::from_raw_fd(fd) };
        socket.bind(loopback()).unwrap();
        socket.listen(1).unwrap();

        let other = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let other = other.unwrap();
        other.set_nonblocking(true).unwrap();
        let (_listener, address) = listener();
        let socket = TcpSocket::from_std_stream(other.into());
        socket.connect(address).await.unwrap();
    });
}

#[test]
fn a_dropped_connection_attempt_is_closed() {
    spawn_on_each(|| async {
        let (listener, address) = listener();
        drop(poll_once(TcpSocket::new_v4().unwrap().connect(address)));
        let (mut server, _) = listener.accept().await.unwrap();
        // The end of the stream, or a reset, but no endless wait.
        assert!(matches!(server.read(&mut [0]).await, Ok(0) | Err(_)));
    });
}

#[test]
fn listening_outside_of_a_runtime_panics_at_the_callers_line() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(loopback()).unwrap();
    let file = location_of_panic(|| drop(socket.listen(1)));
    assert!(file.ends_with("tcp_socket.rs"), "{file}");
}
