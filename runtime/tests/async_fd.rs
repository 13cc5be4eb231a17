//! `AsyncFd`: guards, operations, registration errors, cancellation.

mod util;

use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

use plies::io::unix::AsyncFd;
use plies::io::{Interest, Ready};
use util::{Drops, location_of_panic, poll_once, spawn_on_each};

/// A registered stream and its blocking peer.
fn pair() -> (AsyncFd<UnixStream>, UnixStream) {
    let (ours, peer) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    // SAFETY: a `UnixStream` keeps its descriptor as long as it lives.
    (unsafe { AsyncFd::register(ours).unwrap() }, peer)
}

/// Reads all that is there.
fn drain(mut stream: &UnixStream) -> io::Result<usize> {
    stream.read(&mut [0; 1024])
}

#[test]
fn a_guard_runs_an_operation_and_takes_the_readiness_back() {
    spawn_on_each(|| async {
        let (fd, mut peer) = pair();
        peer.write_all(b"hello").unwrap();
        let mut guard = fd.readable().await.unwrap();
        assert_eq!(guard.ready(), Ready::READABLE);
        assert_eq!(guard.try_io(|fd| drain(fd.get_ref())).unwrap().unwrap(), 5);
        assert_eq!(guard.ready(), Ready::READABLE, "it succeeded");
        assert!(guard.try_io(|fd| drain(fd.get_ref())).is_err());
        assert_eq!(guard.ready(), Ready::EMPTY);
        assert_eq!(guard.get_inner().as_raw_fd(), guard.get_ref().as_raw_fd());
        assert!(poll_once(fd.readable()).is_pending());

        let reader = plies::spawn(async move {
            let mut guard = fd.readable().await.unwrap();
            guard.try_io(|fd| drain(fd.get_ref())).unwrap().unwrap()
        });
        peer.write_all(b"more").unwrap();
        assert_eq!(reader.await.unwrap(), 4);
    });
}

#[test]
fn an_exclusive_guard_does_the_same() {
    spawn_on_each(|| async {
        let (mut fd, mut peer) = pair();
        peer.write_all(b"hello").unwrap();
        let mut guard = fd.readable_mut().await.unwrap();
        let read = |fd: &mut AsyncFd<UnixStream>| fd.get_mut().read(&mut [0; 8]);
        assert_eq!(guard.try_io(read).unwrap().unwrap(), 5);
        assert!(guard.try_io(read).is_err());
        assert_eq!(guard.ready(), Ready::EMPTY);
        assert!(guard.get_inner_mut().write(b"x").is_ok());
        assert_eq!(guard.get_inner().as_raw_fd(), guard.get_ref().as_raw_fd());
        guard.get_mut().get_mut().set_nonblocking(true).unwrap();
        assert!(poll_once(fd.readable_mut()).is_pending());
        assert!(fd.writable_mut().await.unwrap().ready().is_writable());
        assert!(fd.ready_mut(Interest::WRITABLE).await.is_ok());
    });
}

#[test]
fn readiness_stays_until_it_is_taken_back() {
    spawn_on_each(|| async {
        let (fd, mut peer) = pair();
        peer.write_all(b"x").unwrap();
        for _ in 0..3 {
            fd.readable().await.unwrap().retain_ready();
        }
        let both = Interest::READABLE | Interest::WRITABLE;
        fd.writable().await.unwrap().retain_ready();
        let mut guard = fd.ready(both).await.unwrap();
        assert_eq!(guard.ready(), Ready::READABLE | Ready::WRITABLE);
        guard.clear_ready_matching(Ready::READABLE);
        assert_eq!(guard.ready(), Ready::WRITABLE);
        assert!(poll_once(fd.readable()).is_pending());
        guard.clear_ready();
        assert!(poll_once(fd.writable()).is_pending());
    });
}

#[test]
fn an_event_that_came_after_the_guard_is_not_taken_back() {
    spawn_on_each(|| async {
        let (fd, mut peer) = pair();
        peer.write_all(b"x").unwrap();
        let mut guard = fd.readable().await.unwrap();
        drain(fd.get_ref()).unwrap();
        peer.write_all(b"y").unwrap();
        // Another socket's event shows that the reactor has looked since.
        let (other, mut other_peer) = pair();
        assert!(poll_once(other.readable()).is_pending());
        other_peer.write_all(b"z").unwrap();
        other.readable().await.unwrap().retain_ready();
        guard.clear_ready();
        let read = fd.async_io(Interest::READABLE, drain);
        assert_eq!(read.await.unwrap(), 1);
    });
}

#[test]
fn a_closed_end_stays_ready() {
    spawn_on_each(|| async {
        let (fd, peer) = pair();
        drop(peer);
        let mut guard = fd.readable().await.unwrap();
        assert!(guard.ready().is_read_closed());
        guard.clear_ready();
        assert!(fd.readable().await.unwrap().ready().is_read_closed());
    });
}

#[test]
fn operations_wait_and_trying_does_not() {
    spawn_on_each(|| async {
        let (mut fd, mut peer) = pair();
        let blocked = |error: io::Error| assert_eq!(error.kind(), ErrorKind::WouldBlock);
        blocked(fd.try_io(Interest::READABLE, drain).unwrap_err());
        let read = |stream: &mut UnixStream| drain(stream);
        blocked(fd.try_io_mut(Interest::READABLE, read).unwrap_err());

        let reader = plies::spawn(async move {
            let count = fd.async_io(Interest::READABLE, drain).await.unwrap();
            (count, fd)
        });
        peer.write_all(b"one").unwrap();
        let (count, mut fd) = reader.await.unwrap();
        assert_eq!(count, 3);
        let reader = plies::spawn(async move {
            let wait = fd.async_io_mut(Interest::READABLE, read);
            (wait.await.unwrap(), fd)
        });
        peer.write_all(b"second").unwrap();
        let (count, mut fd) = reader.await.unwrap();
        assert_eq!(count, 6);

        peer.write_all(b"last").unwrap();
        fd.readable().await.unwrap().retain_ready();
        assert_eq!(fd.try_io_mut(Interest::READABLE, read).unwrap(), 4);
        blocked(fd.try_io_mut(Interest::READABLE, read).unwrap_err());
        assert!(poll_once(fd.readable()).is_pending());
    });
}

#[test]
fn the_polled_forms_wait_for_readiness() {
    spawn_on_each(|| async {
        let (mut fd, mut peer) = pair();
        let waits = plies::spawn(async move {
            let ready = poll_fn(|cx| fd.poll_read_ready(cx).map_ok(|guard| guard.ready()));
            assert!(ready.await.unwrap().is_readable());
            let ready = poll_fn(|cx| fd.poll_read_ready_mut(cx).map_ok(|guard| guard.ready()));
            assert!(ready.await.unwrap().is_readable());
            let ready = poll_fn(|cx| fd.poll_write_ready(cx).map_ok(|guard| guard.ready()));
            assert!(ready.await.unwrap().is_writable());
            let ready = poll_fn(|cx| fd.poll_write_ready_mut(cx).map_ok(|guard| guard.ready()));
            assert!(ready.await.unwrap().is_writable());
        });
        plies::task::yield_now().await;
        peer.write_all(b"x").unwrap();
        waits.await.unwrap();
    });
}

#[test]
fn what_cannot_be_watched_comes_back_with_the_reason() {
    spawn_on_each(|| async {
        let file = std::fs::File::open("Cargo.toml").unwrap();
        // SAFETY: a `File` keeps its descriptor as long as it lives.
        let error = unsafe { AsyncFd::register(file) }.unwrap_err();
        assert!(error.to_string().contains("always ready"), "{error}");
        let (mut file, cause) = error.into_parts();
        assert_eq!(cause.kind(), ErrorKind::PermissionDenied);
        file.read_exact(&mut [0]).unwrap();

        let (fd, _peer) = pair();
        // SAFETY: the descriptor is open until the end of this function.
        let again = unsafe { AsyncFd::register(fd.as_fd()) };
        let error = io::Error::from(again.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    });
}

#[test]
fn a_descriptor_can_be_registered_again_once_given_back() {
    spawn_on_each(|| async {
        let (fd, mut peer) = pair();
        let stream = fd.into_inner();
        // SAFETY: a `UnixStream` keeps its descriptor as long as it lives.
        let fd = unsafe { AsyncFd::register_with_interest(stream, Interest::READABLE).unwrap() };
        peer.write_all(b"x").unwrap();
        assert_eq!(fd.async_io(Interest::READABLE, drain).await.unwrap(), 1);
        assert!(format!("{fd:?}").starts_with("AsyncFd"));
    });
}

#[test]
fn dropping_it_drops_what_it_was_made_of() {
    struct Counted(UnixStream, #[allow(dead_code)] util::Dropped);
    impl AsRawFd for Counted {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_raw_fd()
        }
    }
    spawn_on_each(|| async {
        let drops = Drops::default();
        let (ours, mut peer) = UnixStream::pair().unwrap();
        // SAFETY: a `UnixStream` keeps its descriptor as long as it lives.
        let fd = unsafe { AsyncFd::register(Counted(ours, drops.witness())).unwrap() };
        assert!(poll_once(fd.readable()).is_pending());
        drop(fd);
        assert_eq!(drops.count(), 1);
        assert_eq!(peer.read(&mut [0]).unwrap(), 0, "it is closed");
    });
}

#[test]
fn waiting_is_cancel_safe() {
    spawn_on_each(|| async {
        let (fd, mut peer) = pair();
        for number in 1..50_u8 {
            assert!(poll_once(fd.async_io(Interest::READABLE, drain)).is_pending());
            assert!(poll_once(fd.readable()).is_pending());
            peer.write_all(&[number]).unwrap();
            assert_eq!(fd.async_io(Interest::READABLE, drain).await.unwrap(), 1);
        }
    });
}

#[test]
fn registering_outside_of_a_runtime_panics_at_the_callers_line() {
    let (ours, _peer) = UnixStream::pair().unwrap();
    // SAFETY: a `UnixStream` keeps its descriptor as long as it lives.
    let file = location_of_panic(|| drop(unsafe { AsyncFd::register(ours) }));
    assert!(file.ends_with("async_fd.rs"), "{file}");
}

#[test]
#[allow(deprecated)] // They are there for programs that have them still.
fn constructors_of_older_programs_register_too() {
    spawn_on_each(|| async {
        type Make = fn(UnixStream) -> AsyncFd<UnixStream>;
        let makers: [Make; 4] = [
            |stream| AsyncFd::new(stream).unwrap(),
            |stream| AsyncFd::try_new(stream).unwrap(),
            |stream| AsyncFd::with_interest(stream, Interest::READABLE).unwrap(),
            |stream| AsyncFd::try_with_interest(stream, Interest::READABLE).unwrap(),
        ];
        for make in makers {
            let (ours, mut peer) = UnixStream::pair().unwrap();
            ours.set_nonblocking(true).unwrap();
            let fd = make(ours);
            peer.write_all(b"x").unwrap();
            assert_eq!(fd.async_io(Interest::READABLE, drain).await.unwrap(), 1);
        }
    });
}
