//! Unix listeners: binding by path, address and abstract name, accepting, conversions, cancellation.

mod util;

use std::future::poll_fn;
use std::io::ErrorKind;
use std::os::unix::net;

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::{UnixListener, UnixStream};
use util::{Folder, location_of_panic, poll_once, spawn_on_each};

#[test]
fn many_connections_echo_at_once() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("echo");
        let listener = UnixListener::bind(&path).unwrap();
        let server = plies::spawn(async move {
            loop {
                let (mut stream, from) = listener.accept().await.unwrap();
                assert!(from.is_unnamed());
                plies::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    plies::io::copy(&mut read, &mut write).await
                });
            }
        });
        let clients: Vec<_> = (0..20_u32)
            .map(|number| {
                let path = path.clone();
                plies::spawn(async move {
                    let mut stream = UnixStream::connect(path).await.unwrap();
                    for round in 0..20 {
                        stream.write_u32(number + round).await.unwrap();
                        assert_eq!(stream.read_u32().await.unwrap(), number + round);
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
fn an_address_is_a_path_or_a_name() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("by-address");
        let address = net::SocketAddr::from_pathname(&path).unwrap().into();
        let listener = UnixListener::bind_addr(&address).unwrap();
        assert_eq!(
            listener.local_addr().unwrap().as_pathname(),
            Some(path.as_path())
        );
        let stream = UnixStream::connect_addr(&address).await.unwrap();
        let peer = stream.peer_addr().unwrap();
        assert_eq!(peer.as_pathname(), Some(path.as_path()));
        assert!(format!("{peer:?}").contains("by-address"));
        let std: net::SocketAddr = peer.into();
        assert_eq!(std.as_pathname(), Some(path.as_path()));
        assert!(listener.take_error().unwrap().is_none());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn an_abstract_name_needs_no_file() {
    spawn_on_each(|| async {
        let name = format!("plies-test-{:?}", plies::task::id());
        let path = format!("\0{name}-{}", std::process::id());
        let listener = UnixListener::bind(&path).unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(address.as_abstract_name(), Some(&path.as_bytes()[1..]));
        assert_eq!(address.as_pathname(), None);
        let (client, server) = plies::join!(UnixStream::connect(&path), listener.accept());
        client.unwrap().write_all(b"x").await.unwrap();
        server.unwrap().0.read_u8().await.unwrap();
    });
}

#[test]
fn paths_that_cannot_be_used_are_errors() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("taken");
        let listener = UnixListener::bind(&path).unwrap();
        let kind = |path| UnixListener::bind(path).unwrap_err().kind();
        assert_eq!(kind(path.clone()), ErrorKind::AddrInUse);
        assert_eq!(
            kind(folder.file(&"long".repeat(50))),
            ErrorKind::InvalidInput
        );
        assert_eq!(kind(folder.file("none").join("file")), ErrorKind::NotFound);
        drop(listener);
        let error = UnixStream::connect(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let error = UnixStream::connect(folder.file("none")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    });
}

#[test]
fn the_polled_form_waits_for_a_connection() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("polled");
        let listener = UnixListener::bind(&path).unwrap();
        let accept = plies::spawn(async move { poll_fn(|cx| listener.poll_accept(cx)).await });
        plies::task::yield_now().await;
        let client = UnixStream::connect(&path).await.unwrap();
        let (server, _) = accept.await.unwrap().unwrap();
        assert_eq!(
            server.local_addr().unwrap().as_pathname(),
            client.peer_addr().unwrap().as_pathname()
        );
    });
}

#[test]
fn accepting_is_cancel_safe() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("cancel");
        let listener = UnixListener::bind(&path).unwrap();
        for number in 0..20 {
            assert!(poll_once(listener.accept()).is_pending());
            let mut client = UnixStream::connect(&path).await.unwrap();
            client.write_u8(number).await.unwrap();
            let (mut server, _) = listener.accept().await.unwrap();
            assert_eq!(server.read_u8().await.unwrap(), number);
        }
    });
}

#[test]
fn listeners_of_the_standard_library_come_and_go() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("std");
        let std = net::UnixListener::bind(&path).unwrap();
        let error = UnixListener::from_std(std.try_clone().unwrap()).unwrap_err();
        assert!(error.to_string().contains("set_nonblocking(true)"));
        std.set_nonblocking(true).unwrap();
        let listener = UnixListener::from_std(std).unwrap();
        assert!(poll_once(listener.accept()).is_pending());
        let listener = UnixListener::try_from(listener.into_std().unwrap()).unwrap();
        let (client, server) = plies::join!(UnixStream::connect(&path), listener.accept());
        drop((client.unwrap(), server.unwrap()));
    });
}

#[test]
fn binding_outside_of_a_runtime_panics_at_the_callers_line() {
    let folder = Folder::new();
    let path = folder.file("outside");
    let file = location_of_panic(|| drop(UnixListener::bind(path)));
    assert!(file.ends_with("unix_listener.rs"), "{file}");
}
