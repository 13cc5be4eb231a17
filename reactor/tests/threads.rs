//! Several threads and one reactor, or several reactors and one thread.
#![cfg(unix)]

mod util;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use plies_reactor::{Async, Direction, Driver, Interest, Reactor, Sleep};
use util::{Count, Random, poll, turn_until};

fn pair() -> (Async<UnixStream>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    (Async::nonblocking(ours).unwrap(), theirs)
}

#[test]
fn another_thread_turns_the_reactor_of_a_late_owner() {
    let reactor = Reactor::new().unwrap();
    let (ours, mut theirs) = pair();
    let (woken, waker) = Count::new();
    let mut readable = pin!(ours.readable());
    {
        let _entered = reactor.handle().enter();
        assert!(poll(readable.as_mut(), &waker).is_pending());
    }
    theirs.write_all(b"x").unwrap();
    // The owner, this thread, is busy; a helper looks instead.
    std::thread::scope(|scope| {
        scope.spawn(|| turn_until(&reactor, || woken.get() > 0));
    });
    assert!(poll(readable.as_mut(), &waker).is_ready());
}

#[test]
fn a_reactor_somebody_sleeps_in_is_busy() {
    let reactor = Reactor::new().unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                reactor.turn(None).unwrap();
            }
        });
        while !reactor.turn(Some(Duration::ZERO)).unwrap().busy() {
            std::thread::yield_now();
        }
        done.store(true, Ordering::Release);
        reactor.handle().wake();
    });
}

#[test]
fn an_idle_reactor_sleeps_until_another_has_events() {
    let (late, idle) = (Reactor::new().unwrap(), Reactor::new().unwrap());
    let (ours, mut theirs) = pair();
    let (woken, waker) = Count::new();
    let mut readable = pin!(ours.readable());
    {
        let _entered = late.handle().enter();
        assert!(poll(readable.as_mut(), &waker).is_pending());
    }
    late.turn(Some(Duration::ZERO)).unwrap();
    assert!(!late.handle().has_events());
    let watched = Async::with_handle(late.handle().clone(), idle.handle()).unwrap();
    theirs.write_all(b"x").unwrap();
    idle.block_on(watched.readable()).unwrap().unwrap();
    assert!(late.handle().has_events());
    late.turn(Some(Duration::ZERO)).unwrap();
    assert_eq!(woken.get(), 1);
}

#[test]
fn a_timer_fired_by_another_thread_leaves_nothing_to_do() {
    let late = Reactor::new().unwrap();
    let (woken, waker) = Count::new();
    let look = || late.turn(Some(Duration::ZERO)).unwrap();
    // The owner sleeps until the timer is due, and is woken before, unless this machine is slow.
    let _timer = loop {
        let deadline = late.handle().clock().deadline(Duration::from_millis(20));
        let mut timer = Box::pin(Sleep::with_handle(deadline, late.handle()));
        if poll(timer.as_mut(), &waker).is_ready() {
            continue;
        }
        let (before, done) = (woken.get(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Acquire) && !look().busy() {
                    std::thread::yield_now();
                }
                late.handle().wake();
            });
            late.turn(None).unwrap();
            done.store(true, Ordering::Release);
        });
        if woken.get() == before {
            break timer;
        }
    };
    while !late.handle().has_events() {
        std::thread::yield_now();
    }
    std::thread::scope(|scope| scope.spawn(look).join().map(drop).unwrap());
    assert!(!late.handle().has_events());
}

#[test]
fn a_signal_ends_a_sleep_and_is_no_error() {
    use std::os::unix::thread::JoinHandleExt;
    extern "C" fn ignore(_: libc::c_int) {}
    // SAFETY: the handler does nothing, and no other test of this process uses the signal.
    unsafe { libc::signal(libc::SIGUSR1, ignore as *const () as libc::sighandler_t) };
    let reactor = Reactor::new().unwrap();
    // With a source it sleeps in the selector; without one it parks, which no signal ends.
    let (ours, _theirs) = pair();
    {
        let _entered = reactor.handle().enter();
        let mut cx = Context::from_waker(Waker::noop());
        let read = ours.poll_io(&mut cx, Direction::Read, |mut io| io.read(&mut [0; 1]));
        assert!(read.is_pending());
    }
    // That it can be written.
    assert_eq!(reactor.turn(Some(Duration::ZERO)).unwrap().events(), 1);
    let sleeper = std::thread::spawn(move || reactor.turn(Some(Duration::from_secs(3600))));
    while !sleeper.is_finished() {
        // SAFETY: the thread has not been joined, so that its name is still valid.
        unsafe { libc::pthread_kill(sleeper.as_pthread_t(), libc::SIGUSR1) };
        std::thread::yield_now();
    }
    let turn = sleeper.join().unwrap().unwrap();
    assert_eq!((turn.events(), turn.timers(), turn.woken()), (0, 0, false));
}

#[test]
fn a_source_that_stays_away_moves_to_the_reactor_it_is_polled_by() {
    let (home, away) = (Reactor::new().unwrap(), Reactor::new().unwrap());
    let (ours, mut theirs) = pair();
    let read = |waker: &Waker| {
        let mut cx = Context::from_waker(waker);
        ours.poll_io(&mut cx, Direction::Read, |mut io| io.read(&mut [0; 1]))
    };
    {
        let _entered = home.handle().enter();
        assert!(read(Waker::noop()).is_pending());
    }
    let _entered = away.handle().enter();
    let mut rounds = 0;
    loop {
        let (woken, waker) = Count::new();
        assert!(read(&waker).is_pending());
        theirs.write_all(b"x").unwrap();
        away.turn(Some(Duration::ZERO)).unwrap();
        if woken.get() > 0 {
            break;
        }
        turn_until(&home, || woken.get() > 0);
        assert!(matches!(read(&waker), Poll::Ready(Ok(1))));
        rounds += 1;
    }
    assert!((1..8).contains(&rounds), "moved after {rounds} rounds");
}

#[test]
fn a_driver_thread_serves_an_executor_that_knows_nothing_of_it() {
    let driver = Driver::spawn_thread().unwrap();
    let (ours, mut theirs) = pair();
    let _entered = driver.handle().enter();
    let deadline = Instant::now() + Duration::from_millis(1);
    futures::executor::block_on(async {
        Sleep::new(deadline).await;
        theirs.write_all(b"x").unwrap();
        let read = ours.async_io(Interest::READABLE, |mut io| io.read(&mut [0; 8]));
        assert_eq!(read.await.unwrap(), 1);
    });
    assert!(Instant::now() >= deadline);
}

#[test]
fn dropping_the_driver_ends_those_who_wait() {
    let driver = Driver::spawn_thread().unwrap();
    let (ours, _theirs) = pair();
    let (woken, waker) = Count::new();
    let mut readable = pin!(ours.readable());
    {
        let _entered = driver.handle().enter();
        assert!(poll(readable.as_mut(), &waker).is_pending());
    }
    drop(driver);
    assert_eq!(woken.get(), 1);
    assert!(matches!(
        poll(readable.as_mut(), &waker),
        Poll::Ready(Err(_))
    ));
}

/// For how long, unless `PLIES_STRESS_SECONDS` says otherwise; `reactor/stress` does.
const STRESS: u64 = 2;

/// Pairs on two reactors ping and pong, time out, are dropped, moved and polled by strangers. Each
/// wait is guarded by a timeout that only a lost wake-up would let pass.
#[test]
fn nothing_is_lost_under_stress() {
    let seconds = std::env::var("PLIES_STRESS_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok());
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(STRESS));
    let drivers = [
        Driver::spawn_thread().unwrap(),
        Driver::spawn_thread().unwrap(),
    ];
    let drivers = &drivers;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let mut random = Random(thread);
                while Instant::now() < until {
                    let _entered = drivers[random.below(2)].handle().enter();
                    futures::executor::block_on(rally(drivers, &mut random));
                }
            });
        }
    });
}

async fn rally(drivers: &[Driver; 2], random: &mut Random) {
    use futures::future::{Either, join, select};
    let (a, b) = UnixStream::pair().unwrap();
    let (a, b) = (
        Async::nonblocking(a).unwrap(),
        Async::nonblocking(b).unwrap(),
    );
    for _ in 0..random.below(50) {
        let read = a.async_io(Interest::READABLE, |mut io| io.read(&mut [0; 1]));
        let write = async {
            if random.below(2) == 0 {
                let nap = Duration::from_micros(random.below(200) as u64);
                Sleep::new(Instant::now() + nap).await;
            }
            if random.below(8) == 0 {
                a.move_to(drivers[random.below(2)].handle()).unwrap();
            }
            b.async_io(Interest::WRITABLE, |mut io| io.write(b"x"))
                .await
        };
        let limit = Sleep::new(Instant::now() + Duration::from_secs(60));
        match select(pin!(join(read, write)), pin!(limit)).await {
            Either::Left(((read, write), _)) => assert_eq!((read.unwrap(), write.unwrap()), (1, 1)),
            Either::Right(_) => panic!("a wake-up was lost: no byte in a minute"),
        }
    }
}
