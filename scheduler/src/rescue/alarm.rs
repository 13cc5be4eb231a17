//! The monitor's sleep: it ends when a worker's does.
//!
//! | `asleep` | by | ordering | publishes |
//! |---|---|---|---|
//! | false → true | the monitor | Relaxed, then a SeqCst fence, then it looks at every worker once more | that it will not look again |
//! | true → false | a worker that stops resting, after a SeqCst fence; or the monitor | Relaxed | – |
//!
//! The pattern is Dekker's: the worker *stops resting, fences, reads `asleep`*; the monitor *writes
//! `asleep`, fences, reads who rests*. So either the monitor stays awake, or the worker wakes it.

use std::time::Duration;

use plies_shim::sync::atomic::{AtomicBool, Ordering, fence};

use super::Pulse;
use crate::mutants::{Mutant, planted};
use crate::{Driver, ThreadParker};

pub(crate) struct Alarm {
    asleep: AtomicBool,
    parker: ThreadParker,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Alarm {
            asleep: AtomicBool::new(false),
            parker: ThreadParker::new(),
        }
    }

    /// The worker stops resting; the monitor is woken if it sleeps.
    pub(crate) fn rouse(&self, pulse: &Pulse) {
        pulse.set_resting(false);
        if !planted(Mutant::RouseSkipsFence) {
            fence(Ordering::SeqCst);
        }
        if self.asleep.load(Ordering::Relaxed)
            && self.asleep.swap(false, Ordering::Relaxed)
            && !planted(Mutant::RouseRingsNobody)
        {
            self.parker.unpark();
        }
    }

    /// Sleeps until a worker stops resting, unless `at_rest` says that one already has.
    pub(crate) fn sleep(&self, at_rest: impl Fn() -> bool) {
        self.asleep.store(true, Ordering::Relaxed);
        if !planted(Mutant::AlarmSkipsFence) {
            fence(Ordering::SeqCst);
        }
        if at_rest() || planted(Mutant::AlarmSkipsLook) {
            self.parker.wait(None);
        }
        self.asleep.store(false, Ordering::Relaxed);
    }

    /// Waits for the next sample.
    pub(crate) fn nap(&self, pause: Duration) {
        self.parker.wait(Some(pause));
    }

    /// Ends the sleep, or the nap, or the next of either.
    pub(crate) fn ring(&self) {
        self.parker.unpark();
    }
}
