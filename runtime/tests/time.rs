//! Timers: never early, in order, cancelled by dropping, and on a clock that can stand still.

mod util;

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use plies::runtime::Builder;
use plies::sync::mpsc;
use plies::time::{
    self, Duration, Instant, MissedTickBehavior, interval, interval_at, sleep, sleep_until,
    timeout, timeout_at,
};
use util::{message, spawn_on_each, workers};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_sleep_is_never_early() {
    spawn_on_each(|| async {
        for micros in [0, 1, 50, 999, 1000, 1500, 3000] {
            let wanted = Duration::from_micros(micros);
            let start = Instant::now();
            sleep(wanted).await;
            assert!(start.elapsed() >= wanted);
        }
    });
}

#[test]
fn sleeps_end_in_the_order_of_their_deadlines() {
    spawn_on_each(|| async {
        let (send, mut receive) = mpsc::unbounded_channel();
        let start = Instant::now();
        for number in [3_u32, 1, 4, 0, 2] {
            let send = send.clone();
            plies::spawn(async move {
                let deadline = start + number * 20 * MS;
                sleep_until(deadline).await;
                send.send(Instant::now() >= deadline).unwrap();
            });
        }
        drop(send);
        let mut count = 0;
        while let Some(in_time) = receive.recv().await {
            assert!(in_time);
            count += 1;
        }
        assert_eq!(count, 5);
    });
}

#[test]
fn a_deadline_that_has_passed_is_ready_at_once() {
    spawn_on_each(|| async {
        let past = Instant::now();
        sleep(MS).await;
        assert!(poll_once(sleep_until(past)).is_ready());
    });
}

#[test]
fn a_duration_that_does_not_add_up_means_never() {
    spawn_on_each(|| async {
        assert!(poll_once(sleep(Duration::MAX)).is_pending());
        assert_eq!(timeout(Duration::MAX, async { 7 }).await, Ok(7));
        let mut ticks = interval(Duration::MAX);
        ticks.tick().await;
        assert!(poll_once(ticks.tick()).is_pending());
    });
}

#[test]
fn a_timeout_ends_a_future_that_takes_too_long() {
    spawn_on_each(|| async {
        let error = timeout(MS, pending::<()>()).await.unwrap_err();
        assert_eq!(
            std::io::Error::from(error).kind(),
            std::io::ErrorKind::TimedOut
        );
        assert_eq!(timeout(HOUR, async { 7 }).await, Ok(7));
        assert_eq!(
            timeout_at(Instant::now(), async { "ready wins" }).await,
            Ok("ready wins")
        );
    });
}

#[test]
fn a_future_that_spends_its_budget_does_not_outlive_its_timeout() {
    spawn_on_each(|| async {
        let spends = async {
            loop {
                plies::task::consume_budget().await;
            }
        };
        assert!(timeout(5 * MS, spends).await.is_err());
    });
}

#[test]
fn a_sleep_is_reset_while_it_waits_and_after_it_was_ready() {
    spawn_on_each(|| async {
        let mut sleep = pin!(sleep(HOUR));
        assert!(poll_once(sleep.as_mut()).is_pending());
        let soon = Instant::now() + MS;
        sleep.as_mut().reset(soon);
        assert_eq!(sleep.deadline(), soon);
        sleep.as_mut().await;
        assert!(sleep.is_elapsed());
        sleep.as_mut().reset(Instant::now() + HOUR);
        assert!(!sleep.is_elapsed());
        assert!(poll_once(sleep.as_mut()).is_pending());
    });
}

#[test]
fn a_waiting_task_is_woken_at_the_new_deadline() {
    spawn_on_each(|| async {
        let (send, mut receive) = mpsc::channel::<Instant>(1);
        let task = plies::spawn(async move {
            let mut sleep = pin!(sleep(HOUR));
            loop {
                plies::select! {
                    () = sleep.as_mut() => return,
                    Some(deadline) = receive.recv() => sleep.as_mut().reset(deadline),
                }
            }
        });
        plies::task::yield_now().await;
        send.send(Instant::now() + MS).await.unwrap();
        task.await.unwrap();
    });
}

#[test]
fn thousands_of_timers_fire_and_thousands_are_cancelled() {
    spawn_on_each(|| async {
        let tasks: Vec<_> = (0..3000_u32)
            .map(|number| {
                plies::spawn(async move {
                    let short = Duration::from_micros(u64::from(number % 100) * 100);
                    if number % 3 == 0 {
                        assert!(timeout(short, sleep(HOUR)).await.is_err());
                    } else {
                        timeout(HOUR, sleep(short)).await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[plies::test(start_paused = true)]
async fn a_paused_clock_jumps_to_the_next_timer() {
    let start = Instant::now();
    let real = std::time::Instant::now();
    let task = plies::spawn(async move {
        sleep(24 * HOUR).await;
        start.elapsed()
    });
    sleep(HOUR).await;
    assert_eq!(start.elapsed(), HOUR);
    assert_eq!(task.await.unwrap(), 24 * HOUR);
    assert!(real.elapsed() < HOUR, "it waited for real");
}

#[plies::test(start_paused = true)]
async fn advancing_fires_what_is_due_and_nothing_else() {
    let start = Instant::now();
    let due = plies::spawn(sleep(2 * HOUR));
    let later = plies::spawn(sleep(3 * HOUR));
    plies::task::yield_now().await;
    time::advance(HOUR).await;
    assert!(!due.is_finished());
    time::advance(HOUR).await;
    due.await.unwrap();
    assert!(!later.is_finished());
    assert_eq!(start.elapsed(), 2 * HOUR);
}

#[plies::test]
async fn a_clock_is_paused_and_resumed() {
    time::pause();
    let paused = Instant::now();
    std::thread::sleep(2 * MS);
    assert_eq!(Instant::now(), paused);
    time::resume();
    std::thread::sleep(2 * MS);
    assert!(Instant::now() >= paused + 2 * MS);
    sleep(MS).await;
}

#[plies::test(start_paused = true)]
async fn a_blocking_job_holds_a_paused_clock() {
    let start = Instant::now();
    let job = plies::task::spawn_blocking(|| std::thread::sleep(20 * MS));
    plies::select! {
        biased;
        done = job => done.unwrap(),
        () = sleep(HOUR) => panic!("the clock jumped past a job that ran"),
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[test]
fn the_test_clock_refuses_several_workers_and_says_why() {
    let runtime = workers(1);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { time::pause() })
    }));
    let text = message(&*caught.unwrap_err()).to_owned();
    assert!(text.contains("current_thread"), "{text}");
    let runtime = Builder::new_current_thread().build().unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { time::resume() })
    }));
    assert!(message(&*caught.unwrap_err()).contains("time::pause()"));
}

#[plies::test(start_paused = true)]
async fn an_interval_ticks_at_once_and_then_every_period() {
    let start = Instant::now();
    let mut ticks = interval(HOUR);
    for number in 0..5 {
        assert_eq!(ticks.tick().await, start + number * HOUR);
    }
    assert_eq!(ticks.period(), HOUR);
    ticks.reset_after(MS);
    assert_eq!(ticks.tick().await, start + 4 * HOUR + MS);
    ticks.reset_immediately();
    assert_eq!(ticks.tick().await, start + 4 * HOUR + MS);
}

/// The moments at which ticks came and what they returned, in milliseconds, with the second tick
/// asked for 70 ms late.
async fn late_ticks(behavior: MissedTickBehavior) -> Vec<(u128, u128)> {
    let start = Instant::now();
    let mut ticks = interval_at(start, 50 * MS);
    ticks.set_missed_tick_behavior(behavior);
    assert_eq!(ticks.missed_tick_behavior(), behavior);
    ticks.tick().await;
    time::advance(120 * MS).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let due = ticks.tick().await;
        seen.push((start.elapsed().as_millis(), (due - start).as_millis()));
    }
    seen
}

#[plies::test(start_paused = true)]
async fn missed_ticks_are_made_up_for_delayed_or_skipped() {
    let burst = late_ticks(MissedTickBehavior::Burst).await;
    assert_eq!(burst, [(120, 50), (120, 100), (150, 150), (200, 200)]);
    let delay = late_ticks(MissedTickBehavior::Delay).await;
    assert_eq!(delay, [(120, 50), (170, 170), (220, 220), (270, 270)]);
    let skip = late_ticks(MissedTickBehavior::Skip).await;
    assert_eq!(skip, [(120, 50), (150, 150), (200, 200), (250, 250)]);
}

#[test]
fn an_interval_needs_a_period() {
    let caught = catch_unwind(|| interval(Duration::ZERO));
    assert!(message(&*caught.unwrap_err()).contains("above zero"));
}

#[test]
fn instants_convert_and_do_not_overflow() {
    let now = Instant::now();
    assert_eq!(Instant::from(std::time::Instant::from(now)), now);
    assert_eq!(now.checked_add(Duration::MAX), None);
    assert_eq!((now + HOUR).duration_since(now), HOUR);
    assert_eq!(now - (now + HOUR), Duration::ZERO);
    assert_eq!(now.checked_duration_since(now + HOUR), None);
}

#[test]
fn ticks_are_polled_and_moved() {
    spawn_on_each(|| async {
        let start = Instant::now();
        let mut ticks = interval(Duration::from_secs(3600));
        let first = poll_fn(|cx| ticks.poll_tick(cx)).await;
        assert!(first >= start);
        assert!(poll_once(poll_fn(|cx| ticks.poll_tick(cx))).is_pending());
        let due = Instant::now() + Duration::from_millis(1);
        ticks.reset_at(due);
        assert_eq!(poll_fn(|cx| ticks.poll_tick(cx)).await, due);
        assert!(Instant::now() >= due);

        assert_eq!(due.checked_sub(Duration::ZERO), Some(due));
        assert_eq!(start.saturating_duration_since(due), Duration::ZERO);
        assert_eq!(
            due.saturating_duration_since(due - Duration::from_secs(1))
                .as_secs(),
            1
        );
    });
}
