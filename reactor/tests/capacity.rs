//! How many events one turn takes from the system.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use plies_reactor::{Async, Interest, Reactor};

const STREAMS: usize = 10;

/// Makes as many streams ready as there are, and says how many events each of `turns` took.
fn events_of(reactor: &Reactor, turns: [Option<Duration>; 3]) -> [usize; 3] {
    let _entered = reactor.handle().enter();
    let (near, mut far): (Vec<_>, Vec<_>) = (0..STREAMS)
        .map(|_| {
            let (near, far) = UnixStream::pair().unwrap();
            (Async::nonblocking(near).unwrap(), far)
        })
        .unzip();
    for stream in &near {
        // Registers it.
        let mut cx = Context::from_waker(Waker::noop());
        let read = stream.async_io(Interest::READABLE, |_| -> std::io::Result<()> {
            Err(std::io::ErrorKind::WouldBlock.into())
        });
        assert!(pin!(read).poll(&mut cx).is_pending());
    }
    // The registrations have made no events that are still to come.
    while reactor.turn(Some(Duration::ZERO)).unwrap().events() > 0 {}
    for stream in &mut far {
        stream.write_all(b"!").unwrap();
    }
    turns.map(|timeout| reactor.turn(timeout).unwrap().events())
}

const NOT: Option<Duration> = Some(Duration::ZERO);

#[test]
fn a_turn_takes_as_many_events_as_it_may() {
    let reactor = Reactor::builder().event_capacity(4).build().unwrap();
    assert_eq!(events_of(&reactor, [NOT, None, NOT]), [4, 4, 2]);
}

#[test]
fn a_turn_that_does_not_wait_may_take_fewer() {
    let reactor = Reactor::builder()
        .event_capacity(8)
        .busy_event_capacity(1)
        .build()
        .unwrap();
    assert_eq!(events_of(&reactor, [NOT, None, NOT]), [1, 8, 1]);
}

#[test]
fn no_turn_takes_none_for_ever() {
    let reactor = Reactor::builder()
        .event_capacity(0)
        .busy_event_capacity(0)
        .build()
        .unwrap();
    assert_eq!(events_of(&reactor, [NOT, None, NOT]), [1, 1, 1]);
}
