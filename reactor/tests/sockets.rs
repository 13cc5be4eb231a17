//! Readiness over real sockets.
#![cfg(unix)]

mod util;

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use plies_reactor::{Async, Direction, Interest, Reactor, Ready};
use util::{Count, poll, turn_until};

fn pair() -> (Async<UnixStream>, Async<UnixStream>) {
    let (a, b) = UnixStream::pair().unwrap();
    (
        Async::nonblocking(a).unwrap(),
        Async::nonblocking(b).unwrap(),
    )
}

#[test]
fn a_read_waits_for_data() {
    let reactor = Reactor::new().unwrap();
    let _entered = reactor.handle().enter();
    let (reader, writer) = pair();
    let (woken, waker) = Count::new();
    let mut buffer = [0; 4];
    let mut read = pin!(reader.async_io(Interest::READABLE, |mut io| io.read(&mut buffer)));
    assert!(poll(read.as_mut(), &waker).is_pending());
    assert_eq!(
        writer
            .try_io(Interest::WRITABLE, |mut io| io.write(b"abc"))
            .unwrap(),
        3
    );
    turn_until(&reactor, || woken.get() > 0);
    let Poll::Ready(result) = poll(read.as_mut(), &waker) else {
        panic!("still pending")
    };
    assert_eq!(result.unwrap(), 3);
}

#[test]
fn an_operation_that_would_not_block_needs_no_reactor() {
    let (reader, writer) = pair();
    writer
        .try_io(Interest::WRITABLE, |mut io| io.write(b"abc"))
        .unwrap();
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut buffer = [0; 4];
    let result = reader.poll_io(&mut cx, Direction::Read, |mut io| io.read(&mut buffer));
    assert!(matches!(result, Poll::Ready(Ok(3))));
    let result = reader.poll_io(&mut cx, Direction::Read, |mut io| io.read(&mut buffer));
    let Poll::Ready(Err(error)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    assert!(error.to_string().contains("enter"));
}

#[test]
fn every_waiter_of_a_direction_is_woken_and_a_dropped_one_is_not() {
    let reactor = Reactor::new().unwrap();
    let _entered = reactor.handle().enter();
    let (reader, writer) = pair();
    let ((first, one), (second, two), (third, three)) = (Count::new(), Count::new(), Count::new());
    let mut a = Box::pin(reader.readable());
    let mut b = Box::pin(reader.readable());
    let mut c = Box::pin(reader.readable());
    assert!(poll(a.as_mut(), &one).is_pending());
    assert!(poll(b.as_mut(), &two).is_pending());
    assert!(poll(c.as_mut(), &three).is_pending());
    drop(b);
    writer
        .try_io(Interest::WRITABLE, |mut io| io.write(b"x"))
        .unwrap();
    turn_until(&reactor, || first.get() > 0 && third.get() > 0);
    assert_eq!((first.get(), second.get(), third.get()), (1, 0, 1));
    assert!(poll(a.as_mut(), &one).is_ready() && poll(c.as_mut(), &three).is_ready());
}

#[test]
fn shutdown_wakes_waiters_with_an_error() {
    let reactor = Reactor::new().unwrap();
    let (reader, _writer) = pair();
    let (woken, waker) = Count::new();
    let mut waiting = Box::pin(reader.readable());
    {
        let _entered = reactor.handle().enter();
        assert!(poll(waiting.as_mut(), &waker).is_pending());
    }
    drop(reactor);
    assert_eq!(woken.get(), 1);
    let Poll::Ready(Err(error)) = poll(waiting.as_mut(), &waker) else {
        panic!("no error")
    };
    assert!(error.to_string().contains("shut down"), "{error}");
}

#[test]
fn a_waiter_follows_its_source_to_another_reactor() {
    let (first, second) = (Reactor::new().unwrap(), Reactor::new().unwrap());
    let _entered = first.handle().enter();
    let (reader, writer) = pair();
    let (woken, waker) = Count::new();
    let mut waiting = Box::pin(reader.readable());
    assert!(poll(waiting.as_mut(), &waker).is_pending());
    reader.move_to(second.handle()).unwrap();
    drop(first);
    assert_eq!(woken.get(), 0);
    writer
        .try_io(Interest::WRITABLE, |mut io| io.write(b"x"))
        .unwrap();
    turn_until(&second, || woken.get() > 0);
    assert!(matches!(
        poll(waiting.as_mut(), &waker),
        Poll::Ready(Ok(()))
    ));
}

#[test]
fn a_regular_file_is_refused_with_advice() {
    let reactor = Reactor::new().unwrap();
    let file = Async::new(std::fs::File::open("Cargo.toml").unwrap()).unwrap();
    let error = reactor.block_on(file.readable()).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("always ready"), "{error}");
}

#[test]
fn a_descriptor_registered_twice_is_refused_with_advice() {
    let reactor = Reactor::new().unwrap();
    let _entered = reactor.handle().enter();
    let (socket, _peer) = UnixStream::pair().unwrap();
    let (first, second) = (Async::new(&socket).unwrap(), Async::new(&socket).unwrap());
    let (_, waker) = Count::new();
    assert!(poll(pin!(first.readable()), &waker).is_pending());
    let result = poll(pin!(second.readable()), &waker);
    let Poll::Ready(Err(error)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.to_string().contains("duplicate"), "{error}");
}

#[test]
fn readiness_is_told_for_what_was_waited_for_only() {
    let reactor = Reactor::new().unwrap();
    let (reader, writer) = pair();
    (writer.get_ref()).write_all(b"abc").unwrap();
    assert_eq!(
        reader.try_ready(Interest::READABLE).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    let ready = |interest| reactor.block_on(reader.ready(interest)).unwrap().unwrap();
    assert_eq!(ready(Interest::READABLE), Ready::READABLE);
    assert_eq!(ready(Interest::WRITABLE), Ready::WRITABLE);
    let both = Interest::READABLE | Interest::WRITABLE;
    assert_eq!(ready(both), Ready::READABLE | Ready::WRITABLE);
    assert_eq!(reader.try_ready(both).unwrap().ready(), ready(both));
}

#[test]
fn an_event_is_taken_back_unless_another_has_arrived() {
    let reactor = Reactor::new().unwrap();
    let (reader, writer) = pair();
    (writer.get_ref()).write_all(b"abc").unwrap();
    let event = || reactor.block_on(reader.ready_guard(Interest::READABLE));
    let seen = event().unwrap().unwrap().event();
    (writer.get_ref()).write_all(b"def").unwrap();
    reactor.turn(Some(Duration::ZERO)).unwrap();
    reader.clear_ready(seen, seen.ready());
    let seen = event().unwrap().unwrap().event();
    reader.clear_ready(seen, seen.ready());
    let error = reader.try_io(Interest::READABLE, |_| Ok(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

#[test]
fn registering_now_tells_what_a_wait_would() {
    let (reader, _writer) = pair();
    let error = reader.register_now().unwrap_err();
    assert!(error.to_string().contains("no reactor"), "{error}");
    let reactor = Reactor::new().unwrap();
    let _entered = reactor.handle().enter();
    let file = Async::new(std::fs::File::open("Cargo.toml").unwrap()).unwrap();
    let error = file.register_now().unwrap_err();
    assert!(error.to_string().contains("always ready"), "{error}");
    reader.register_now().unwrap();
}
