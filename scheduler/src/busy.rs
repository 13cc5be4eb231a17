//! How long a worker was busy so far, and how often it has gone to sleep.
//!
//! Both can be read while they change, and never go back. So each is one word that only the
//! worker's own thread writes:
//!
//! | word | while busy | while asleep |
//! |---|---|---|
//! | `time` | the moment it woke, less the time it had been busy before | that time, with `ASLEEP` |
//! | `turns` | even | odd: it went to sleep once more than it woke |
//!
//! A moment is counted in nanoseconds from the making of this value. The words are for statistics
//! and publish nothing, so they are not the shim's.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Flag of `time`; without it there are 292 years.
const ASLEEP: u64 = 1 << 63;

/// What one worker tells of its time; asleep at first.
#[derive(Debug)]
pub(crate) struct Busy {
    origin: Instant,
    time: AtomicU64,
    turns: AtomicU64,
}

impl Busy {
    pub(crate) fn new() -> Self {
        Busy {
            origin: Instant::now(),
            time: AtomicU64::new(ASLEEP),
            turns: AtomicU64::new(0),
        }
    }

    fn now(&self) -> u64 {
        self.origin.elapsed().as_nanos() as u64 & !ASLEEP
    }

    /// The worker has something to do from now on.
    pub(crate) fn begin(&self) {
        let time = self.time.load(Ordering::Relaxed);
        if time & ASLEEP != 0 {
            let since = self.now().saturating_sub(time & !ASLEEP);
            self.time.store(since, Ordering::Relaxed);
        }
    }

    /// The worker has nothing to do, until [`begin`](Self::begin).
    pub(crate) fn end(&self) {
        let time = self.time.load(Ordering::Relaxed);
        if time & ASLEEP == 0 {
            let busy = self.now().saturating_sub(time);
            self.time.store(busy | ASLEEP, Ordering::Relaxed);
        }
    }

    /// The worker sleeps in its driver until the guard is dropped.
    pub(crate) fn sleep(&self) -> Asleep<'_> {
        self.end();
        self.turn();
        Asleep(self)
    }

    fn turn(&self) {
        let turns = self.turns.load(Ordering::Relaxed);
        self.turns.store(turns + 1, Ordering::Relaxed);
    }

    /// How long the worker was busy, what it does now included.
    pub(crate) fn time(&self) -> Duration {
        // Read before the clock, which is past the moment in it then.
        let time = self.time.load(Ordering::Relaxed);
        Duration::from_nanos(if time & ASLEEP != 0 {
            time & !ASLEEP
        } else {
            self.now().saturating_sub(time)
        })
    }

    /// How often the worker went to sleep in its driver.
    pub(crate) fn parks(&self) -> u64 {
        self.turns().div_ceil(2)
    }

    /// How often the worker went to sleep in its driver, and woke there.
    pub(crate) fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }
}

/// A worker's sleep; also a panic ends it.
pub(crate) struct Asleep<'a>(&'a Busy);

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.0.turn();
        self.0.begin();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_while_busy_and_stands_still_otherwise() {
        let busy = Busy::new();
        assert_eq!(busy.time(), Duration::ZERO);
        busy.begin();
        std::thread::sleep(Duration::from_millis(2));
        let seen = busy.time();
        assert!(seen >= Duration::from_millis(2));
        busy.end();
        let asleep = busy.time();
        assert!(asleep >= seen);
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(busy.time(), asleep);
        busy.begin();
        assert!(busy.time() >= asleep);
    }

    #[test]
    fn a_second_beginning_or_end_changes_nothing() {
        let busy = Busy::new();
        busy.begin();
        std::thread::sleep(Duration::from_millis(2));
        busy.begin();
        assert!(busy.time() >= Duration::from_millis(2));
        busy.end();
        let asleep = busy.time();
        busy.end();
        assert_eq!(busy.time(), asleep);
    }

    #[test]
    fn a_sleep_makes_two_turns() {
        let busy = Busy::new();
        busy.begin();
        let asleep = busy.sleep();
        assert_eq!((busy.parks(), busy.turns()), (1, 1));
        drop(asleep);
        assert_eq!((busy.parks(), busy.turns()), (1, 2));
        drop(busy.sleep());
        assert_eq!((busy.parks(), busy.turns()), (2, 4));
    }
}
