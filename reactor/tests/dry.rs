//! What a stream that has run dry before it is registered costs: nothing, until an event arrives.
#![cfg(unix)]

mod util;

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::task::{Context, Poll, Waker};

use plies_reactor::{Async, Direction, Reactor};
use util::{Count, tcp_pair, turn_until};

/// An end that counts how often the system was asked to read from it, and its peer.
struct End {
    ours: Async<TcpStream>,
    theirs: TcpStream,
    asked: Cell<usize>,
}

impl End {
    fn new(reactor: &Reactor) -> Self {
        let (ours, theirs) = tcp_pair();
        End {
            ours: Async::with_handle(ours, reactor.handle()).unwrap(),
            theirs,
            asked: Cell::new(0),
        }
    }

    fn read(&self, waker: &Waker) -> Poll<usize> {
        let mut cx = Context::from_waker(waker);
        let read = self
            .ours
            .poll_transfer(&mut cx, Direction::Read, 64, |mut io| {
                self.asked.set(self.asked.get() + 1);
                io.read(&mut [0; 64])
            });
        read.map(Result::unwrap)
    }

    /// Waits until so many bytes can be read.
    fn wait_for(&self, bytes: usize) {
        while self.ours.get_ref().peek(&mut [0; 64]).unwrap_or(0) < bytes {
            std::thread::yield_now();
        }
    }

    /// Reads as events say, until there is something.
    fn read_when_woken(&self, reactor: &Reactor) -> usize {
        let (_, waker) = Count::new();
        let mut read = self.read(&waker);
        turn_until(reactor, || {
            if read.is_pending() {
                read = self.read(&waker);
            }
            read.is_ready()
        });
        match read {
            Poll::Ready(count) => count,
            Poll::Pending => unreachable!(),
        }
    }
}

#[test]
fn a_new_connection_that_is_to_bring_nothing_is_not_asked() {
    let reactor = Reactor::new().unwrap();
    let mut end = End::new(&reactor);
    end.ours.expect_nothing();
    assert!(end.read(Waker::noop()).is_pending());
    assert_eq!(end.asked.get(), 0);
    end.theirs.write_all(b"answer").unwrap();
    assert_eq!(end.read_when_woken(&reactor), 6);
    assert_eq!(end.asked.get(), 1);
}

#[test]
fn what_has_arrived_in_spite_of_the_hint_is_an_event() {
    let reactor = Reactor::new().unwrap();
    let mut end = End::new(&reactor);
    end.theirs.write_all(b"greeting").unwrap();
    end.ours.expect_nothing();
    assert!(end.read(Waker::noop()).is_pending());
    assert_eq!(end.read_when_woken(&reactor), 8);
}

#[test]
fn after_a_short_read_it_is_not_asked_again() {
    let reactor = Reactor::new().unwrap();
    let mut end = End::new(&reactor);
    end.theirs.write_all(b"request").unwrap();
    end.wait_for(1);
    assert_eq!(end.read(Waker::noop()), Poll::Ready(7));
    assert!(end.read(Waker::noop()).is_pending());
    assert_eq!(end.asked.get(), 1);
    // The end of the stream, too, is an event.
    end.theirs.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(end.read_when_woken(&reactor), 0);
}

#[test]
fn a_full_read_is_followed_by_another() {
    let reactor = Reactor::new().unwrap();
    let mut end = End::new(&reactor);
    end.theirs.write_all(&[7; 64]).unwrap();
    end.wait_for(64);
    assert_eq!(end.read(Waker::noop()), Poll::Ready(64));
    assert!(end.read(Waker::noop()).is_pending());
    assert_eq!(end.asked.get(), 2);
}

#[test]
fn one_whose_reactor_is_gone_is_asked() {
    let reactor = Reactor::new().unwrap();
    let mut end = End::new(&reactor);
    end.theirs.write_all(b"late").unwrap();
    end.wait_for(1);
    end.ours.expect_nothing();
    drop(reactor);
    assert_eq!(end.read(Waker::noop()), Poll::Ready(4));
}
