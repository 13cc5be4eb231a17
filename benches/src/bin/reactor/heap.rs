//! Heap: what an idle TCP end and an armed sleep cost, asked of the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use plies_reactor::{Async, Direction, Reactor, Sleep};

use crate::table::Table;

/// The system's allocator, counting the bytes that are out.
pub struct Counting;

static OUT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        OUT.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        OUT.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(block, layout) }
    }
}

const ENDS: usize = 500;

pub fn run(table: &mut Table) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let connect = |_| Ok((TcpStream::connect(address)?, listener.accept()?.0));
    let ends = (0..ENDS).map(connect).collect::<io::Result<Vec<_>>>()?;
    let (peers, accepted): (Vec<_>, Vec<_>) = ends.into_iter().unzip();
    for stream in &accepted {
        stream.set_nonblocking(true)?;
    }
    let copies = || {
        accepted
            .iter()
            .map(TcpStream::try_clone)
            .collect::<io::Result<Vec<_>>>()
    };
    on_plies(table, copies()?)?;
    on_tokio(table, copies()?)?;
    on_async_io(table, copies()?)?;
    drop(peers);
    armed(table)
}

const IDLE: &str = "an idle TCP end, waiting to read: bytes of heap";

fn note(table: &mut Table, peer: &'static str, before: usize) {
    table.add(
        IDLE,
        peer,
        (OUT.load(Ordering::Relaxed) - before) as f64 / ENDS as f64,
    );
}

fn on_plies(table: &mut Table, streams: Vec<TcpStream>) -> io::Result<()> {
    let reactor = Reactor::new()?;
    let _entered = reactor.handle().enter();
    let mut ends = Vec::with_capacity(ENDS);
    let before = OUT.load(Ordering::Relaxed);
    let mut cx = Context::from_waker(Waker::noop());
    for stream in streams {
        let end = Async::new(stream)?;
        let read = end.poll_io(&mut cx, Direction::Read, |mut io| io.read(&mut [0; 8]));
        assert!(read.is_pending());
        ends.push(end);
    }
    note(table, "plies-reactor", before);
    Ok(())
}

fn on_tokio(table: &mut Table, streams: Vec<TcpStream>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let _entered = runtime.enter();
    let mut ends = Vec::with_capacity(ENDS);
    let before = OUT.load(Ordering::Relaxed);
    let mut cx = Context::from_waker(Waker::noop());
    for stream in streams {
        let end = tokio::net::TcpStream::from_std(stream)?;
        assert!(end.poll_read_ready(&mut cx).is_pending());
        ends.push(end);
    }
    note(table, "tokio", before);
    Ok(())
}

fn on_async_io(table: &mut Table, streams: Vec<TcpStream>) -> io::Result<()> {
    let mut ends = Vec::with_capacity(ENDS);
    let before = OUT.load(Ordering::Relaxed);
    let mut cx = Context::from_waker(Waker::noop());
    for stream in streams {
        let end = async_io::Async::new(stream)?;
        assert!(end.poll_readable(&mut cx).is_pending());
        ends.push(end);
    }
    note(table, "async-io", before);
    Ok(())
}

/// An armed sleep lives where its owner puts it, and adds nothing elsewhere.
fn armed(table: &mut Table) -> io::Result<()> {
    let reactor = Reactor::new()?;
    let _entered = reactor.handle().enter();
    let deadline = Instant::now() + Duration::from_secs(3600);
    let mut sleeps: Vec<Pin<Box<Sleep>>> =
        (0..ENDS).map(|_| Box::pin(Sleep::new(deadline))).collect();
    let before = OUT.load(Ordering::Relaxed);
    let mut cx = Context::from_waker(Waker::noop());
    for sleep in &mut sleeps {
        assert!(sleep.as_mut().poll(&mut cx).is_pending());
    }
    let arming = (OUT.load(Ordering::Relaxed) - before) as f64 / ENDS as f64;
    table.add(
        "an armed sleep: bytes",
        "plies-reactor, itself",
        size_of::<Sleep>() as f64,
    );
    table.add("an armed sleep: bytes", "plies-reactor, heap", arming);
    table.add(
        "an armed sleep: bytes",
        "tokio, itself",
        size_of::<tokio::time::Sleep>() as f64,
    );
    table.add(
        "an armed sleep: bytes",
        "async-io, itself",
        size_of::<async_io::Timer>() as f64,
    );
    Ok(())
}
