//! The limit of descriptors: an error with the system's code, and recovery. In a process of its own.
#![cfg(unix)]

mod util;

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use plies_reactor::{Async, Interest, Reactor, Sleep};

fn lower_the_limit(to: libc::rlim_t) {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the struct lives through both calls.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit), 0);
        limit.rlim_cur = to;
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &limit), 0);
    }
}

fn sleep_through(reactor: &Reactor) {
    const PAUSE: Duration = Duration::from_millis(5);
    let started = Instant::now();
    let sleep = Sleep::new(reactor.handle().clock().after(PAUSE));
    reactor.block_on(sleep).unwrap();
    assert!(started.elapsed() >= PAUSE, "{:?}", started.elapsed());
}

#[test]
fn out_of_descriptors_is_an_error_and_passes() {
    let reactor = Reactor::new().unwrap();
    let (reader, mut writer) = util::tcp_pair();
    let reader = Async::with_handle(reader, reactor.handle()).unwrap();
    lower_the_limit(64);
    let address = std::net::Ipv4Addr::LOCALHOST;
    let listener = std::net::TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut hoard = Vec::new();
    let error = loop {
        match TcpStream::connect((address, port)) {
            Ok(stream) => hoard.push(stream),
            Err(error) => break error,
        }
    };
    assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
    let error = Reactor::new().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
    // What needs no new descriptor goes on.
    writer.write_all(b"x").unwrap();
    reactor.block_on(reader.readable()).unwrap().unwrap();
    assert_eq!(
        reader
            .try_io(Interest::READABLE, |io| io.peek(&mut [0; 8]))
            .unwrap(),
        1
    );
    // So does a sleep, though the reactor has no timer of the system's yet, and can get none.
    sleep_through(&reactor);
    hoard.clear();
    sleep_through(&reactor);
    drop(Reactor::new().unwrap());
}
