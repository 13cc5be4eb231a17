//! Timers under a `block_on` written by hand: the reactor is turned inline, by the thread that waits.
//!
//! `cargo run -p plies-reactor --example timers`

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use plies_reactor::{Clock, Reactor, Sleep};

/// An executor in eight lines: poll, and turn the reactor until somebody wakes it.
fn block_on<F: Future>(reactor: &Reactor, future: F) -> io::Result<F::Output> {
    let _entered = reactor.handle().enter();
    let waker = reactor.handle().waker();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return Ok(output),
            Poll::Pending => reactor.turn(None)?,
        };
    }
}

fn main() -> io::Result<()> {
    let reactor = Reactor::new()?;
    let clock = reactor.handle().clock().clone();
    block_on(&reactor, async {
        for micros in [100, 1_000, 10_000] {
            let deadline = clock.deadline(Duration::from_micros(micros));
            Sleep::new(deadline).await;
            println!("{micros:>6} µs, late by {:?}", clock.now() - deadline);
        }
    })?;

    // The same on a clock that jumps from timer to timer.
    let clock = Clock::new();
    clock.pause();
    let reactor = Reactor::builder().clock(clock.clone()).build()?;
    let started = Instant::now();
    block_on(
        &reactor,
        Sleep::new(clock.deadline(Duration::from_secs(86_400))),
    )?;
    println!("a day on a paused clock, in {:?}", started.elapsed());
    Ok(())
}
