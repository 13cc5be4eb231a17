//! What the system does to descriptors: closing, resetting, reusing, urgent data, many at once.
#![cfg(unix)]

mod util;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use plies_reactor::{Async, Direction, Interest, Reactor};
use util::{Count, Random, poll, tcp_pair, turn_until};

fn read(io: &Async<TcpStream>, waker: &Waker) -> Poll<std::io::Result<usize>> {
    let mut cx = Context::from_waker(waker);
    io.poll_transfer(&mut cx, Direction::Read, 64, |mut io| io.read(&mut [0; 64]))
}

/// A registered end with a waiting reader, and its peer.
fn waiting(reactor: &Reactor, waker: &Waker) -> (Async<TcpStream>, TcpStream) {
    let (ours, theirs) = tcp_pair();
    let ours = Async::with_handle(ours, reactor.handle()).unwrap();
    assert!(read(&ours, waker).is_pending());
    (ours, theirs)
}

#[test]
fn a_half_close_ends_the_reads_and_not_the_writes() {
    let reactor = Reactor::new().unwrap();
    let (woken, waker) = Count::new();
    let (ours, mut theirs) = waiting(&reactor, &waker);
    theirs.write_all(b"last words").unwrap();
    theirs.shutdown(Shutdown::Write).unwrap();
    turn_until(&reactor, || woken.get() > 0);
    // Let the end arrive too: a short read must not make it forgotten.
    turn_until(&reactor, || {
        ours.try_io(Interest::READABLE, |io| io.peek(&mut [0; 64]))
            .is_ok()
    });
    assert!(matches!(read(&ours, &waker), Poll::Ready(Ok(10))));
    let mut end = read(&ours, &waker);
    turn_until(&reactor, || {
        if end.is_pending() {
            end = read(&ours, &waker);
        }
        end.is_ready()
    });
    assert!(matches!(end, Poll::Ready(Ok(0))));
    assert_eq!(
        ours.try_io(Interest::WRITABLE, |mut io| io.write(b"answer"))
            .unwrap(),
        6
    );
    theirs.set_nonblocking(false).unwrap();
    theirs.read_exact(&mut [0; 6]).unwrap();
}

#[test]
fn a_reset_wakes_the_reader_with_the_error() {
    let reactor = Reactor::new().unwrap();
    let (woken, waker) = Count::new();
    let (ours, theirs) = waiting(&reactor, &waker);
    socket2::SockRef::from(&theirs)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(theirs);
    turn_until(&reactor, || woken.get() > 0);
    let Poll::Ready(Err(error)) = read(&ours, &waker) else {
        panic!("no error")
    };
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn urgent_data_wakes_those_who_wait_for_priority() {
    let reactor = Reactor::new().unwrap();
    let _entered = reactor.handle().enter();
    let (ours, theirs) = tcp_pair();
    let all = Interest::READABLE | Interest::PRIORITY;
    let ours = Async::with_interest(ours, all).unwrap();
    let (woken, waker) = Count::new();
    let mut urgent = pin!(ours.ready(Interest::PRIORITY));
    assert!(poll(urgent.as_mut(), &waker).is_pending());
    socket2::SockRef::from(&theirs)
        .send_out_of_band(b"!")
        .unwrap();
    turn_until(&reactor, || woken.get() > 0);
    let Poll::Ready(Ok(ready)) = poll(urgent.as_mut(), &waker) else {
        panic!("not ready")
    };
    assert!(ready.is_priority());
}

#[test]
fn a_descriptor_closed_behind_its_registration_harms_nobody() {
    let reactor = Reactor::new().unwrap();
    let (_, waker) = Count::new();
    let (ours, theirs) = waiting(&reactor, &waker);
    let stolen = ours.get_ref().as_raw_fd();
    // SAFETY: ours is forgotten below, so that nobody else closes this number.
    drop(unsafe { OwnedFd::from_raw_fd(stolen) });
    drop(theirs);
    reactor.turn(Some(Duration::ZERO)).unwrap();
    // Its number goes to a socket that the same reactor serves.
    let (woken, waker) = Count::new();
    let (next, mut peer) = waiting(&reactor, &waker);
    peer.write_all(b"x").unwrap();
    turn_until(&reactor, || woken.get() > 0);
    assert!(matches!(read(&next, &waker), Poll::Ready(Ok(1))));
    // Its descriptor is not its own any more.
    std::mem::forget(ours.into_inner());
}

#[test]
fn a_number_reused_at_once_gets_its_own_events_only() {
    let reactor = Reactor::new().unwrap();
    let mut numbers = Vec::new();
    for _ in 0..200 {
        let (woken, waker) = Count::new();
        let (ours, mut theirs) = waiting(&reactor, &waker);
        reactor.turn(Some(Duration::ZERO)).unwrap();
        assert_eq!(woken.get(), 0, "nothing was sent to this one yet");
        numbers.push(ours.get_ref().as_raw_fd());
        theirs.write_all(b"x").unwrap();
        turn_until(&reactor, || woken.get() > 0);
        assert!(matches!(read(&ours, &waker), Poll::Ready(Ok(1))));
        // Dropped with an event on its way.
        theirs.write_all(b"y").unwrap();
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert!(
        numbers.len() < 100,
        "the system reused no numbers, so this tested nothing"
    );
}

/// One of many sockets, with the task that reads it.
struct End {
    ours: Async<UnixStream>,
    theirs: UnixStream,
    woken: Arc<Count>,
    waker: Waker,
}

impl End {
    fn open(reactor: &Reactor) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let (woken, waker) = Count::new();
        let ours = Async::with_handle(ours, reactor.handle()).unwrap();
        Self {
            ours,
            theirs,
            woken,
            waker,
        }
    }

    /// Reads until the task has to wait.
    fn drain(&self) {
        let mut cx = Context::from_waker(&self.waker);
        let mut read = || {
            self.ours
                .poll_io(&mut cx, Direction::Read, |mut io| io.read(&mut [0; 8]))
        };
        while read().is_ready() {}
    }

    /// Sends to a task that waits, which is woken.
    fn check(&mut self, reactor: &Reactor) {
        self.drain();
        let before = self.woken.get();
        self.theirs.write_all(b"x").unwrap();
        turn_until(reactor, || self.woken.get() > before);
    }
}

#[test]
fn ten_thousand_sockets_come_and_go_while_they_are_read() {
    const OPEN: usize = 64;
    let reactor = Reactor::new().unwrap();
    let mut random = Random(1);
    let mut open = Vec::new();
    for _ in 0..10_000 {
        open.push(End::open(&reactor));
        let nth = random.below(open.len());
        match random.below(3) {
            0 => open[nth].check(&reactor),
            1 => open[nth].drain(),
            _ => open[nth].theirs.write_all(b"x").unwrap(),
        }
        if open.len() > OPEN || random.below(4) == 0 {
            open.swap_remove(random.below(open.len()));
        }
    }
    open.iter_mut().for_each(|end| end.check(&reactor));
}

#[test]
fn a_mio_source_registers_at_once_and_stays() {
    let reactor = Reactor::new().unwrap();
    let (ours, mut theirs) = tcp_pair();
    let ours = mio::net::TcpStream::from_std(ours);
    let ours = Async::from_source(ours, Interest::READABLE, reactor.handle()).unwrap();
    let (woken, waker) = Count::new();
    assert!(poll(pin!(ours.readable()), &waker).is_pending());
    let mut readable = pin!(ours.readable());
    assert!(poll(readable.as_mut(), &waker).is_pending());
    theirs.write_all(b"x").unwrap();
    turn_until(&reactor, || woken.get() > 0);
    assert!(poll(readable.as_mut(), &waker).is_ready());
    let other = Reactor::new().unwrap();
    let error = ours.move_to(other.handle()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
