//! When and where a task was polled last, in the 32 bits that a task has room for.
//!
//! A *stamp* counts time in steps of one unit for each worker, and which of the units in a step it
//! names says which worker stamped. Spare workers share one place behind the ordinary ones.
//!
//! ```text
//! two workers:   | 0 | 1 | spare | 0 | 1 | spare | 0 | ...
//!                |<-- one step -->|
//! ```
//!
//! With a unit of 2.1 ms, stamps come round after 104 days, however many workers there are.

use std::time::{Duration, Instant};

use crate::WorkerId;

/// Log2 of the nanoseconds in a unit.
const UNIT: u32 = 21;

pub(crate) struct Clock {
    start: Instant,
    workers: u32,
}

/// A stamp that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamped {
    /// How long ago, to a step.
    pub(crate) age: Duration,
    /// `None` for a spare.
    pub(crate) worker: Option<WorkerId>,
}

impl Clock {
    pub(crate) fn new(workers: usize) -> Self {
        Clock {
            start: Instant::now(),
            workers: workers.min(WorkerId::MAX_WORKERS) as u32,
        }
    }

    /// A stamp of now, by this worker.
    pub(crate) fn stamp(&self, worker: WorkerId) -> u32 {
        self.stamp_at(self.start.elapsed(), worker)
    }

    /// What a stamp says. It must have been made before this call.
    pub(crate) fn read(&self, stamp: u32) -> Stamped {
        self.read_at(self.start.elapsed(), stamp)
    }

    fn stamp_at(&self, now: Duration, worker: WorkerId) -> u32 {
        let place = (worker.index() as u32).min(self.workers);
        // Below 2^32 / places, so that the product and the place fit.
        let step = (self.steps(now) % self.round()) as u32;
        step * self.places() + place
    }

    fn read_at(&self, now: Duration, stamp: u32) -> Stamped {
        let (step, place) = (stamp / self.places(), stamp % self.places());
        let now = self.steps(now) % self.round();
        let age = (now + self.round() - u64::from(step)) % self.round();
        Stamped {
            age: Duration::from_nanos((age * u64::from(self.places())) << UNIT),
            worker: (place < self.workers).then(|| WorkerId::new(place as usize)),
        }
    }

    fn places(&self) -> u32 {
        self.workers + 1
    }

    /// Steps until the stamps come round.
    fn round(&self) -> u64 {
        u64::from(u32::MAX / self.places())
    }

    fn steps(&self, now: Duration) -> u64 {
        // 584 years of nanoseconds fit.
        let nanoseconds = now.as_secs() * 1_000_000_000 + u64::from(now.subsec_nanos());
        (nanoseconds >> UNIT) / u64::from(self.places())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn clocks() -> impl Iterator<Item = Clock> {
        [1, 2, 3, 64, 1000, WorkerId::MAX_WORKERS]
            .into_iter()
            .map(Clock::new)
    }

    #[test]
    fn a_stamp_names_its_worker() {
        for clock in clocks() {
            let workers = clock.workers as usize;
            for index in [0, workers / 2, workers - 1] {
                let worker = WorkerId::new(index);
                let stamp = clock.stamp_at(DAY, worker);
                assert_eq!(clock.read_at(DAY, stamp).worker, Some(worker));
            }
        }
    }

    #[test]
    fn spares_share_a_place() {
        let clock = Clock::new(2);
        for index in [2, 3, 200] {
            let stamp = clock.stamp_at(DAY, WorkerId::new(index));
            assert_eq!(clock.read_at(DAY, stamp).worker, None);
        }
    }

    #[test]
    fn an_age_is_right_to_a_step() {
        for clock in clocks() {
            let step = Duration::from_nanos(u64::from(clock.places()) << UNIT);
            for age in [Duration::ZERO, Duration::from_secs(1), DAY, 100 * DAY] {
                for made in [Duration::ZERO, DAY, 103 * DAY, 1000 * DAY] {
                    let stamp = clock.stamp_at(made, WorkerId::new(0));
                    let read = clock.read_at(made + age, stamp).age;
                    assert!(read.abs_diff(age) <= step, "{read:?} for {age:?}");
                }
            }
        }
    }

    #[test]
    fn the_real_time_is_read_back() {
        let clock = Clock::new(2);
        let worker = WorkerId::new(1);
        let read = clock.read(clock.stamp(worker));
        assert_eq!(read.worker, Some(worker));
        assert!(read.age < DAY);
    }
}
