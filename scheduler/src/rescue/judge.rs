//! Late or stuck: what follows from a series of samples, without threads and without a clock.

use std::time::Duration;

/// What the monitor reads of one worker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) polls: u64,
    pub(super) resting: bool,
}

/// What a reading means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It rests, or has begun another poll since the last sample.
    Well,
    /// It has been in one poll since the last sample at least: for how long.
    Late(Duration),
    /// It has been in one poll for the threshold at least: for how long.
    Stuck(Duration),
}

/// What the monitor remembers of one worker.
#[derive(Debug, Default)]
pub(super) struct History {
    polls: u64,
    // When the counter was first seen where it is; `None` while the worker rests.
    since: Option<Duration>,
}

impl History {
    pub(super) fn judge(
        &mut self,
        reading: Reading,
        now: Duration,
        threshold: Duration,
    ) -> Verdict {
        if reading.resting {
            self.since = None;
            return Verdict::Well;
        }
        match self.since {
            Some(since) if self.polls == reading.polls => {
                let stuck = now.saturating_sub(since);
                if stuck >= threshold {
                    Verdict::Stuck(stuck)
                } else {
                    Verdict::Late(stuck)
                }
            }
            _ => {
                self.polls = reading.polls;
                self.since = Some(now);
                Verdict::Well
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Late, Stuck, Well};
    use super::*;

    const THRESHOLD: Duration = Duration::from_millis(10);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn busy(polls: u64) -> Reading {
        Reading {
            polls,
            resting: false,
        }
    }

    fn resting(polls: u64) -> Reading {
        Reading {
            polls,
            resting: true,
        }
    }

    fn verdicts<const N: usize>(samples: [(u64, Reading); N]) -> [Verdict; N] {
        let mut history = History::default();
        samples.map(|(at, reading)| history.judge(reading, ms(at), THRESHOLD))
    }

    #[test]
    fn a_counter_that_moves_is_well() {
        assert_eq!(
            verdicts([(0, busy(0)), (20, busy(1)), (40, busy(2))]),
            [Well; 3]
        );
    }

    #[test]
    fn one_that_stands_still_is_late_then_stuck() {
        let samples = [
            (0, busy(7)),
            (1, busy(7)),
            (9, busy(7)),
            (10, busy(7)),
            (25, busy(7)),
        ];
        assert_eq!(
            verdicts(samples),
            [Well, Late(ms(1)), Late(ms(9)), Stuck(ms(10)), Stuck(ms(25))]
        );
    }

    #[test]
    fn a_worker_at_rest_is_well_for_ever() {
        assert_eq!(
            verdicts([(0, resting(7)), (50, resting(7)), (100, resting(7))]),
            [Well; 3]
        );
    }

    #[test]
    fn rest_starts_the_count_anew() {
        let samples = [
            (0, busy(7)),
            (9, busy(7)),
            (10, resting(7)),
            (11, busy(7)),
            (12, busy(7)),
        ];
        assert_eq!(
            verdicts(samples),
            [Well, Late(ms(9)), Well, Well, Late(ms(1))]
        );
    }

    #[test]
    fn a_new_poll_ends_a_stall() {
        let samples = [(0, busy(7)), (10, busy(7)), (11, busy(8)), (12, busy(8))];
        assert_eq!(verdicts(samples), [Well, Stuck(ms(10)), Well, Late(ms(1))]);
    }
}
