//! Unix sockets before they listen, connect or send.

mod util;

use std::io::ErrorKind;
use std::os::fd::{FromRawFd, IntoRawFd};

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::UnixSocket;
use util::{Folder, location_of_panic, poll_once, spawn_on_each};

#[test]
fn a_connection_starts_from_the_bound_path() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let (at, from) = (folder.file("listener"), folder.file("client"));
        let socket = UnixSocket::new_stream().unwrap();
        socket.bind(&at).unwrap();
        let listener = socket.listen(8).unwrap();
        let socket = UnixSocket::new_stream().unwrap();
        socket.bind(&from).unwrap();
        let mut client = socket.connect(&at).await.unwrap();
        let (mut server, peer) = listener.accept().await.unwrap();
        assert_eq!(peer.as_pathname(), Some(from.as_path()));
        client.write_all(b"x").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'x');
    });
}

#[test]
fn a_full_backlog_is_an_error_and_not_a_wait() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("full");
        let socket = UnixSocket::new_stream().unwrap();
        socket.bind(&path).unwrap();
        let listener = socket.listen(1).unwrap();
        let mut waiting = Vec::new();
        let error = loop {
            match UnixSocket::new_stream().unwrap().connect(&path).await {
                Ok(stream) => waiting.push(stream),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        assert!(!waiting.is_empty());
        drop(listener);
    });
}

#[test]
fn a_datagram_socket_sends() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("receiver");
        let socket = UnixSocket::new_datagram().unwrap();
        socket.bind(&path).unwrap();
        let receiver = socket.datagram().unwrap();
        let sender = UnixSocket::new_datagram().unwrap().datagram().unwrap();
        sender.send_to(b"ping", &path).await.unwrap();
        assert_eq!(receiver.recv(&mut [0; 8]).await.unwrap(), 4);
    });
}

#[test]
fn the_wrong_kind_is_an_error_that_says_which_is_right() {
    spawn_on_each(|| async {
        let datagram = || UnixSocket::new_datagram().unwrap();
        let error = datagram().listen(1).unwrap_err();
        assert!(error.to_string().contains("new_stream"), "{error}");
        let error = datagram().connect("/tmp/nobody").await.unwrap_err();
        assert!(error.to_string().contains("new_stream"), "{error}");
        let error = UnixSocket::new_stream().unwrap().datagram().unwrap_err();
        assert!(error.to_string().contains("new_datagram"), "{error}");
    });
}

#[test]
fn sockets_come_from_descriptors_and_go_as_such() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let fd = UnixSocket::new_stream().unwrap().into_raw_fd();
        // SAFETY: the descriptor was just given away by its only owner, a Unix socket.
        let socket = unsafe { UnixSocket::from_raw_fd(fd) };
        socket.bind(folder.file("listener")).unwrap();
        socket.listen(1).unwrap();
    });
}

#[test]
fn a_dropped_connection_attempt_is_closed() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("listener");
        let socket = UnixSocket::new_stream().unwrap();
        socket.bind(&path).unwrap();
        let listener = socket.listen(1).unwrap();
        drop(poll_once(UnixSocket::new_stream().unwrap().connect(&path)));
        let (mut server, _) = listener.accept().await.unwrap();
        assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
    });
}

#[test]
fn listening_outside_of_a_runtime_panics_at_the_callers_line() {
    let folder = Folder::new();
    let socket = UnixSocket::new_stream().unwrap();
    socket.bind(folder.file("listener")).unwrap();
    let file = location_of_panic(|| drop(socket.listen(1)));
    assert!(file.ends_with("unix_socket.rs"), "{file}");
}
