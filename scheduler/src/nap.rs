//! How long a worker sleeps that has left tasks to others.
//!
//! They are reached sooner than they could be moved, as long as their owner keeps its pace; nobody
//! wakes this worker if it does not. So it looks again by itself, soon at first, then more and more
//! rarely: binary exponential backoff (Metcalfe, Boggs: Ethernet, 1976).

use std::cell::Cell;
use std::time::Duration;

/// In a model no time passes, and what would have to end a nap is missed.
const IS_MODEL: bool = cfg!(any(plies_loom, plies_shuttle));

const SHORTEST: Duration = match IS_MODEL {
    false => Duration::from_micros(50),
    true => Duration::from_secs(3600),
};

/// The most that a task which was left to its owner waits, if that enters a long poll just then. As long
/// as a worker sleeps before it starts the monitor, so that one which only naps starts it too.
const LONGEST: Duration = match IS_MODEL {
    false => Duration::from_millis(1),
    true => SHORTEST,
};

/// A nap that may be due, and how long the next one will be.
pub(crate) struct Nap {
    is_due: Cell<bool>,
    next: Cell<Duration>,
}

impl Nap {
    pub(crate) fn new() -> Self {
        Nap {
            is_due: Cell::new(false),
            next: Cell::new(SHORTEST),
        }
    }

    /// The worker found a task to take: the next nap is short.
    pub(crate) fn reset(&self) {
        self.next.set(SHORTEST);
    }

    /// The worker left tasks to others: its next sleep is a nap.
    pub(crate) fn plan(&self) {
        self.is_due.set(true);
    }

    /// How long the worker may sleep now, if that is to be a nap.
    pub(crate) fn take(&self) -> Option<Duration> {
        self.is_due.take().then(|| {
            let nap = self.next.get();
            self.next.set((nap * 2).min(LONGEST));
            nap
        })
    }
}

#[cfg(all(test, not(any(plies_loom, plies_shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_nap_is_due_once_and_grows_until_a_task_is_found() {
        let nap = Nap::new();
        let plan_and_take = || {
            nap.plan();
            nap.take()
        };
        assert_eq!(nap.take(), None);
        assert_eq!(plan_and_take(), Some(SHORTEST));
        assert_eq!(nap.take(), None);
        assert_eq!(plan_and_take(), Some(SHORTEST * 2));
        for _ in 0..10 {
            plan_and_take();
        }
        assert_eq!(plan_and_take(), Some(LONGEST));
        nap.reset();
        assert_eq!(plan_and_take(), Some(SHORTEST));
    }
}
