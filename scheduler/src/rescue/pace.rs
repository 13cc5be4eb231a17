//! How often the monitor looks: often where that may matter, seldom otherwise, never at rest.
//!
//! | it looks | every | when |
//! |---|---|---|
//! | at once | fiftieth of the threshold | just after the first worker woke up, for a few looks, if one that rests could help |
//! | closely | twenty-fifth of the threshold | for a while after a worker was late, if one that rests could help, or if the late ones block |
//! | at ease | sixth of the threshold | otherwise, as long as anything happens |
//! | not at all | – | every worker rests |
//!
//! So a task that waits behind a long poll is noticed within two close looks where polls have been
//! long before, or where the runtime was at rest. A runtime that is lightly busy all the time, with
//! short polls, pays for six looks each threshold, and one that has something to do now and then
//! for one look each time.

use std::time::Duration;

/// Looks at once after a sleep.
const AT_ONCE: u32 = 4;

/// Close looks after the last one that saw a late worker: for about a hundred thresholds.
const CLOSELY: u32 = 2500;

/// Looks in a row that saw nothing happen, before the monitor goes to sleep again so soon after the
/// last time: waking it costs a worker more than another look.
const QUIET_WHEN_LIVELY: u32 = 6;

/// What one look saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// Workers that are not at rest.
    pub(super) busy: usize,
    /// Workers that rest and could help.
    pub(super) resting: usize,
    /// Workers that need help.
    pub(super) in_need: usize,
    /// A worker has begun a poll since the last look.
    pub(super) stirred: bool,
    /// A worker that sleeps in the system is replaced, and others may soon have to be.
    pub(super) wave: bool,
}

/// What the monitor does until its next look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Nap(Duration),
    /// Until a worker stops resting; and then as long as a nap, for that one may rest again soon.
    Sleep {
        then: Duration,
    },
}

/// What follows from what was seen so far.
#[derive(Debug)]
pub(super) struct Pace {
    threshold: Duration,
    // How many looks of either kind are left.
    at_once: u32,
    closely: u32,
    // Looks in a row that saw nothing happen.
    quiet: u32,
    // The last sleep was a short one.
    lively: bool,
}

impl Pace {
    pub(super) fn new(threshold: Duration) -> Self {
        Pace {
            threshold,
            at_once: AT_ONCE,
            closely: 0,
            quiet: 0,
            lively: false,
        }
    }

    /// A sleep is over, and took so long.
    pub(super) fn slept(&mut self, time: Duration) {
        self.lively = time < self.threshold;
        self.at_once = AT_ONCE;
        self.quiet = 0;
    }

    /// After a look.
    pub(super) fn rest(&mut self, seen: Outlook) -> Rest {
        self.at_once = self.at_once.saturating_sub(1);
        self.closely = match seen.in_need {
            0 => self.closely.saturating_sub(1),
            _ => CLOSELY,
        };
        let nothing = seen.busy == 0 && !(seen.stirred && self.lively);
        self.quiet = if nothing { self.quiet + 1 } else { 0 };
        let enough = if self.lively { QUIET_WHEN_LIVELY } else { 1 };
        if self.quiet >= enough {
            return Rest::Sleep {
                then: self.threshold / 50,
            };
        }
        let part = if self.at_once > 0 && seen.resting > 0 {
            50
        } else if self.closely > 0 && (seen.resting > 0 || seen.wave) {
            25
        } else {
            6
        };
        Rest::Nap(self.threshold / part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Rest = Rest::Nap(Duration::from_micros(200));
    const CLOSE: Rest = Rest::Nap(Duration::from_micros(400));
    const AT_EASE: Rest = Rest::Nap(Duration::from_nanos(1_666_666));

    fn pace() -> Pace {
        Pace::new(Duration::from_millis(10))
    }

    /// One of two workers is busy, and its polls are short.
    fn lively() -> Outlook {
        Outlook {
            busy: 1,
            resting: 1,
            stirred: true,
            ..Outlook::default()
        }
    }

    fn get_used_to_it(pace: &mut Pace) {
        for _ in 0..100 {
            pace.rest(lively());
        }
    }

    fn late() -> Outlook {
        Outlook {
            in_need: 1,
            stirred: false,
            ..lively()
        }
    }

    fn at_rest() -> Outlook {
        Outlook {
            resting: 2,
            ..Outlook::default()
        }
    }

    #[test]
    fn short_polls_are_looked_at_at_once_at_first_then_at_ease() {
        let mut pace = pace();
        for _ in 1..AT_ONCE {
            assert_eq!(pace.rest(lively()), SOON);
        }
        for _ in 0..1000 {
            assert_eq!(pace.rest(lively()), AT_EASE);
        }
    }

    #[test]
    fn a_late_worker_draws_attention_for_a_while() {
        let mut pace = pace();
        get_used_to_it(&mut pace);
        assert_eq!(pace.rest(late()), CLOSE);
        for _ in 1..CLOSELY {
            assert_eq!(pace.rest(lively()), CLOSE);
        }
        assert_eq!(pace.rest(lively()), AT_EASE);
    }

    #[test]
    fn nobody_who_could_help_is_no_reason_to_look_closely() {
        let all_busy = Outlook {
            busy: 2,
            resting: 0,
            ..late()
        };
        assert_eq!(pace().rest(all_busy), AT_EASE);
        // Unless they block: then somebody else has to come.
        let wave = Outlook {
            wave: true,
            ..all_busy
        };
        assert_eq!(pace().rest(wave), CLOSE);
    }

    #[test]
    fn rest_ends_in_sleep_and_after_it_looks_come_at_once() {
        let mut pace = pace();
        get_used_to_it(&mut pace);
        assert!(matches!(pace.rest(at_rest()), Rest::Sleep { .. }));
        pace.slept(Duration::from_secs(1));
        assert_eq!(pace.rest(lively()), SOON);
    }

    /// Something happened between two looks, and is over.
    fn between() -> Outlook {
        Outlook {
            stirred: true,
            ..at_rest()
        }
    }

    #[test]
    fn what_happens_now_and_then_costs_one_look() {
        let mut pace = pace();
        for _ in 0..100 {
            assert!(matches!(pace.rest(between()), Rest::Sleep { .. }));
            pace.slept(Duration::from_millis(20));
        }
    }

    #[test]
    fn what_happens_often_keeps_it_awake() {
        let mut pace = pace();
        assert!(matches!(pace.rest(between()), Rest::Sleep { .. }));
        pace.slept(Duration::from_millis(1));
        for _ in 0..100 {
            assert!(matches!(pace.rest(between()), Rest::Nap(_)));
            for _ in 1..QUIET_WHEN_LIVELY {
                assert!(matches!(pace.rest(at_rest()), Rest::Nap(_)));
            }
        }
        assert!(matches!(pace.rest(at_rest()), Rest::Sleep { .. }));
    }
}
