//! Ticks at a fixed period.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::{Instant, Sleep, sleep_until};

/// Ticks every `period`, the first time at once.
///
/// # Panics
///
/// When `period` is zero, and when there is no current runtime.
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// use plies::time::{Duration, interval};
///
/// let mut ticks = interval(Duration::from_millis(1));
/// let first = ticks.tick().await;
/// let second = ticks.tick().await;
/// assert_eq!(second - first, Duration::from_millis(1));
/// # }
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// Ticks every `period`, the first time at `start`.
///
/// # Panics
///
/// When `period` is zero, and when there is no current runtime.
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// use plies::time::{Duration, Instant, interval_at};
///
/// let start = Instant::now() + Duration::from_millis(2);
/// let mut ticks = interval_at(start, Duration::from_millis(1));
/// assert_eq!(ticks.tick().await, start);
/// # }
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(!period.is_zero(), "an interval needs a period above zero");
    Interval {
        delay: Box::pin(sleep_until(start)),
        period,
        missed_tick_behavior: MissedTickBehavior::default(),
    }
}

/// What an [`Interval`] does about ticks that came due while nobody asked for them.
///
/// With a period of 50 ms and a first tick at 0, suppose that the tick due at 50 is only asked
/// for at 120:
///
/// | behaviour | the next ticks come at | they return |
/// |---|---|---|
/// | `Burst` | 120, 120, 150, 200 | 50, 100, 150, 200 |
/// | `Delay` | 120, 170, 220 | 50, 170, 220 |
/// | `Skip` | 120, 150, 200 | 50, 150, 200 |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissedTickBehavior {
    /// Make up for every missed tick at once, and then keep to the original schedule.
    #[default]
    Burst,
    /// Start a new schedule from the moment of the late tick.
    Delay,
    /// Leave out what was missed, and keep to the original schedule.
    Skip,
}

impl MissedTickBehavior {
    /// When the tick after one that was due at `due` and taken at `now` comes.
    fn next(self, due: Instant, now: Instant, period: Duration) -> Instant {
        match self {
            Self::Burst => later(due, period),
            Self::Delay => later(now, period),
            Self::Skip => {
                let late = (now - due).as_nanos() % period.as_nanos();
                // The remainder is below the period; one of 2^64 ns and more is 584 years.
                later(now, period) - Duration::from_nanos(u64::try_from(late).unwrap_or(u64::MAX))
            }
        }
    }
}

/// `period` after `start`, or the far future where that cannot be represented.
fn later(start: Instant, period: Duration) -> Instant {
    start
        .checked_add(period)
        .unwrap_or_else(Instant::far_future)
}

/// How late a tick may be taken and still count as on time.
const TOLERANCE: Duration = Duration::from_millis(5);

/// Ticks at a fixed period; made by [`interval`] and [`interval_at`].
#[derive(Debug)]
pub struct Interval {
    delay: Pin<Box<Sleep>>,
    period: Duration,
    missed_tick_behavior: MissedTickBehavior,
}

impl Interval {
    /// Waits for the next tick and returns the moment it was due.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready loses no tick.
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// The polled form of [`tick`](Self::tick): only the waker of the last call is woken.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(self.delay.as_mut().poll_elapsed(cx));
        let due = self.delay.deadline();
        let now = Instant::now();
        let next = if now > due + TOLERANCE {
            self.missed_tick_behavior.next(due, now, self.period)
        } else {
            later(due, self.period)
        };
        self.delay.as_mut().reset(next);
        Poll::Ready(due)
    }

    /// Makes the next tick come one period from now.
    pub fn reset(&mut self) {
        self.delay.as_mut().reset(Instant::after(self.period));
    }

    /// Makes the next tick come at once.
    pub fn reset_immediately(&mut self) {
        self.delay.as_mut().reset(Instant::now());
    }

    /// Makes the next tick come `after` from now; the period is kept.
    pub fn reset_after(&mut self, after: Duration) {
        self.delay.as_mut().reset(Instant::after(after));
    }

    /// Makes the next tick come at `deadline`; the period is kept.
    pub fn reset_at(&mut self, deadline: Instant) {
        self.delay.as_mut().reset(deadline);
    }

    /// What happens with ticks that were missed.
    #[must_use]
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed_tick_behavior
    }

    /// Sets what happens with ticks that were missed.
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed_tick_behavior = behavior;
    }

    /// The time between two ticks.
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }
}
