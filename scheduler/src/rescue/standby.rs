//! When the monitor's thread starts: when a worker may need it.
//!
//! To start and end a thread takes as long as all else that a short-lived pool does. As long as one of
//! the workers has nothing to do it can look after the others:
//!
//! | the monitor starts when | for |
//! |---|---|
//! | the last of the workers is about to begin its first poll | nobody might be left to start it |
//! | a worker has slept for a millisecond | one that polls meanwhile may be stuck by now |
//!
//! So a pool that ends within its first millisecond has no monitor, and every other has. A worker's
//! thread starts it, so that it inherits what that one set for itself, such as an affinity.

use std::time::Duration;

use plies_shim::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{Monitor, Service};
use crate::mutants::{Mutant, planted};
use crate::reference::SharedRef;

/// How long a worker sleeps before it starts the monitor; and before it tries again, if the system
/// had no thread left.
const FIRST: Duration = Duration::from_millis(1);
const AGAIN: Duration = Duration::from_secs(1);

/// Whether the monitor has started, or who has to do it.
pub(super) struct Standby {
    // Workers that have not begun a poll.
    fresh: AtomicUsize,
    // Somebody starts it, or has, or it is not to start. The relaxed word publishes nothing.
    started: AtomicBool,
    refused: AtomicBool,
}

impl Standby {
    /// For a pool of so many workers, whether or not it is to have a monitor.
    pub(super) fn new(workers: usize, wanted: bool) -> Self {
        Standby {
            fresh: AtomicUsize::new(workers),
            started: AtomicBool::new(!wanted),
            refused: AtomicBool::new(false),
        }
    }

    /// How long a worker may sleep; `None` if it need not see to the monitor.
    pub(super) fn patience(&self) -> Option<Duration> {
        if self.started.load(Ordering::Relaxed) {
            return None;
        }
        Some(match self.refused.load(Ordering::Relaxed) {
            false => FIRST,
            true => AGAIN,
        })
    }

    /// A worker is about to begin its first poll. Says whether it is the last one.
    pub(super) fn begins(&self) -> bool {
        self.fresh.fetch_sub(1, Ordering::Relaxed) == 1
    }

    /// Says whether the caller has to start the monitor: one of all callers.
    pub(super) fn claim(&self) -> bool {
        if planted(Mutant::ClaimTears) {
            let claimed = !self.started.load(Ordering::Relaxed);
            self.started.store(true, Ordering::Relaxed);
            return claimed;
        }
        !self.started.swap(true, Ordering::Relaxed)
    }

    /// The system has refused a thread: others may try.
    fn give_back(&self) {
        self.refused.store(true, Ordering::Relaxed);
        self.started.store(false, Ordering::Relaxed);
    }
}

impl Service {
    /// Before a worker's first poll.
    pub(crate) fn begin_polling(&self, shared: &SharedRef) {
        if self.standby.begins() {
            self.start_monitor(shared);
        }
    }

    /// Somebody has a monitor: none is to start.
    pub(crate) fn keep_monitor(&self) {
        self.standby.claim();
    }

    /// Starts the monitor, unless somebody has.
    pub(crate) fn start_monitor(&self, shared: &SharedRef) {
        if self.standby.claim()
            && let Some(monitor) = Monitor::new(shared.clone())
            && monitor.start().is_err()
        {
            self.standby.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_first_poll_starts_it() {
        let standby = Standby::new(3, true);
        let last: Vec<_> = (0..3).map(|_| standby.begins()).collect();
        assert_eq!(last, [false, false, true]);
    }

    #[test]
    fn it_starts_once_and_then_workers_sleep_in_peace() {
        let standby = Standby::new(1, true);
        assert_eq!(standby.patience(), Some(FIRST));
        assert!(standby.claim());
        assert!(!standby.claim());
        assert_eq!(standby.patience(), None);
    }

    #[test]
    fn without_a_rescue_there_is_none_to_start() {
        let standby = Standby::new(1, false);
        assert_eq!(standby.patience(), None);
        assert!(!standby.claim());
    }

    #[test]
    fn a_refused_thread_is_asked_for_again() {
        let standby = Standby::new(1, true);
        assert!(standby.claim());
        standby.give_back();
        assert_eq!(standby.patience(), Some(AGAIN));
        assert!(standby.claim());
    }
}
