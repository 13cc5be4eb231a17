//! Timers as their users see them, on the real clock and on a paused one.

mod util;

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use plies_reactor::{Clock, Handle, Reactor, Sleep, TimerError};
use util::{Count, poll};

const SECOND: Duration = Duration::from_secs(1);

fn paused() -> (Reactor, Clock) {
    let clock = Clock::new();
    clock.pause();
    (
        Reactor::builder().clock(clock.clone()).build().unwrap(),
        clock,
    )
}

fn sleep(handle: &Handle, after: Duration) -> Pin<Box<Sleep>> {
    Box::pin(Sleep::with_handle(handle.clock().deadline(after), handle))
}

fn look(reactor: &Reactor) -> usize {
    reactor.turn(Some(Duration::ZERO)).unwrap().timers()
}

/// Long enough for the processor's counter to be learnt and looked after, on several threads.
#[test]
fn a_sleep_for_a_duration_is_never_due_before_it_and_hardly_after() {
    let rounds = if cfg!(debug_assertions) {
        200_000
    } else {
        1_000_000
    };
    let measure = || {
        let clock = Clock::new();
        for round in 0..rounds {
            let after = Duration::from_nanos(round);
            let before = Instant::now();
            let deadline = Sleep::new(clock.after(after)).deadline();
            let latest = Instant::now() + after + Duration::from_micros(1);
            assert!(deadline >= before + after, "early");
            assert!(deadline <= latest, "late");
        }
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(measure);
        }
    });
}

#[test]
fn never_early_on_the_real_clock() {
    let reactor = Reactor::new().unwrap();
    for micros in [0, 1, 70, 999, 1_500] {
        let deadline = reactor
            .handle()
            .clock()
            .deadline(Duration::from_micros(micros));
        reactor.block_on(Sleep::new(deadline)).unwrap();
        assert!(reactor.handle().clock().now() >= deadline);
    }
}

#[test]
fn fires_at_the_nanosecond_of_a_paused_clock() {
    let (reactor, clock) = paused();
    let (woken, waker) = Count::new();
    let mut timer = sleep(reactor.handle(), SECOND);
    assert!(poll(timer.as_mut(), &waker).is_pending());
    clock.advance(SECOND - Duration::from_nanos(1));
    assert_eq!((look(&reactor), woken.get()), (0, 0));
    clock.advance(Duration::from_nanos(1));
    assert_eq!((look(&reactor), woken.get()), (1, 1));
    assert!(timer.is_elapsed());
    assert!(poll(timer.as_mut(), &waker).is_ready());
}

#[test]
fn a_paused_clock_jumps_to_the_next_timer_when_nothing_runs() {
    let (reactor, clock) = paused();
    let start = clock.now();
    let mut order = Vec::new();
    reactor
        .block_on(async {
            for hours in [1, 2, 3] {
                Sleep::new(clock.deadline(3600 * hours * SECOND)).await;
                order.push((clock.now() - start).as_nanos());
            }
        })
        .unwrap();
    let hour = 3_600_000_000_000;
    assert_eq!(order, [hour, 3 * hour, 6 * hour]);
}

#[test]
fn a_held_clock_does_not_jump() {
    let (reactor, clock) = paused();
    let mut timer = sleep(reactor.handle(), SECOND);
    let (woken, waker) = Count::new();
    assert!(poll(timer.as_mut(), &waker).is_pending());
    let hold = clock.hold();
    let before = clock.now();
    reactor.turn(Some(Duration::from_millis(1))).unwrap();
    assert_eq!((clock.now(), woken.get()), (before, 0));
    drop(hold);
    while woken.get() == 0 {
        reactor.turn(None).unwrap();
    }
    assert_eq!(clock.now() - before, SECOND);
}

#[test]
fn reset_moves_an_armed_sleep_without_a_poll() {
    let (reactor, clock) = paused();
    let (woken, waker) = Count::new();
    let mut timer = sleep(reactor.handle(), SECOND);
    assert!(poll(timer.as_mut(), &waker).is_pending());
    timer.as_mut().reset(clock.deadline(3 * SECOND));
    clock.advance(2 * SECOND);
    assert_eq!((look(&reactor), woken.get()), (0, 0));
    clock.advance(SECOND);
    assert_eq!((look(&reactor), woken.get()), (1, 1));
    timer.as_mut().reset(clock.deadline(SECOND));
    assert!(!timer.is_elapsed());
    assert!(poll(timer.as_mut(), &waker).is_pending());
}

#[test]
fn a_dropped_sleep_wakes_nobody() {
    let (reactor, clock) = paused();
    let (woken, waker) = Count::new();
    let mut timer = sleep(reactor.handle(), SECOND);
    assert!(poll(timer.as_mut(), &waker).is_pending());
    drop(timer);
    clock.advance(2 * SECOND);
    assert_eq!((look(&reactor), woken.get()), (0, 0));
    assert_eq!(
        std::sync::Arc::strong_count(&woken),
        2,
        "the timer has dropped its waker"
    );
}

#[test]
fn the_last_task_to_poll_is_woken() {
    let (reactor, clock) = paused();
    let ((first, one), (second, two)) = (Count::new(), Count::new());
    let mut timer = sleep(reactor.handle(), SECOND);
    assert!(poll(timer.as_mut(), &one).is_pending());
    assert!(poll(timer.as_mut(), &two).is_pending());
    clock.advance(SECOND);
    look(&reactor);
    assert_eq!((first.get(), second.get()), (0, 1));
}

#[test]
fn far_deadlines_do_not_overflow() {
    let (reactor, clock) = paused();
    let (woken, waker) = Count::new();
    let year = 365 * 24 * 3600 * SECOND;
    let mut near = sleep(reactor.handle(), 30 * year);
    let mut never = sleep(reactor.handle(), Duration::MAX);
    assert!(poll(near.as_mut(), &waker).is_pending());
    assert!(poll(never.as_mut(), &waker).is_pending());
    clock.advance(30 * year);
    assert_eq!((look(&reactor), woken.get()), (1, 1));
    clock.advance(200 * year);
    assert_eq!((look(&reactor), woken.get()), (0, 1));
    clock.advance(Duration::MAX);
    assert!(poll(never.as_mut(), &waker).is_pending());
}

#[test]
fn an_armed_sleep_is_small() {
    assert!(size_of::<Sleep>() <= 56, "{}", size_of::<Sleep>());
}

#[test]
fn arming_an_earlier_timer_wakes_the_sleeping_owner() {
    let reactor = Reactor::new().unwrap();
    let handle = reactor.handle().clone();
    let (_, waker) = Count::new();
    let mut far = sleep(&handle, 3600 * SECOND);
    assert!(poll(far.as_mut(), &waker).is_pending());
    let (near_fired, near_waker) = Count::new();
    let armer = std::thread::spawn(move || {
        loop {
            let mut near = sleep(&handle, Duration::from_millis(2));
            // On a loaded machine it may be due by now.
            if poll(near.as_mut(), &near_waker).is_pending() {
                return near;
            }
        }
    });
    // Without the wake-up it would sleep for an hour.
    while near_fired.get() == 0 {
        reactor.turn(None).unwrap();
    }
    assert!(armer.join().unwrap().is_elapsed());
}

#[test]
fn without_a_reactor_it_is_an_error() {
    let mut timer = pin!(Sleep::new(std::time::Instant::now() + SECOND));
    let mut cx = Context::from_waker(Waker::noop());
    let Poll::Ready(Err(error)) = timer.as_mut().poll_elapsed(&mut cx) else {
        panic!("armed")
    };
    assert!(matches!(error, TimerError::NoReactor(_)));
}

#[test]
fn shutdown_wakes_it_with_an_error() {
    let (reactor, _clock) = paused();
    let (woken, waker) = Count::new();
    let mut timer = sleep(reactor.handle(), SECOND);
    assert!(poll(timer.as_mut(), &waker).is_pending());
    drop(reactor);
    assert_eq!(woken.get(), 1);
    let mut cx = Context::from_waker(&waker);
    let result = timer.as_mut().poll_elapsed(&mut cx);
    assert!(matches!(result, Poll::Ready(Err(TimerError::Gone(_)))));
}
