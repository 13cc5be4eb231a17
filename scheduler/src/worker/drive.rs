//! A worker and its driver: looks into it, sleeps in it, and what happens if it fails.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;
use std::time::Duration;

use super::Worker;
use crate::Driver;
use crate::mutants::{Mutant, planted};
use crate::queue::LocalQueue;

/// How long a worker whose driver fails rests before it looks for work again.
const FAILURE_PAUSE: Duration = Duration::from_millis(10);

/// So many tasks that events wake at once are a burst.
const BURST: u32 = 8;

impl<Q: LocalQueue + ?Sized> Worker<Q> {
    pub(super) fn poll_driver(&self) {
        self.poll_events(&*self.driver);
    }

    pub(crate) fn poll_events(&self, driver: &dyn Driver) {
        if driver.needs_polling() {
            self.counters().driver_polls.add(1);
            self.pushed.set(0);
            if let Err(error) = driver.poll() {
                self.driver_failed(&error);
            }
        }
    }

    /// A driver failed: counts it and tells the observer.
    #[cold]
    fn driver_failed(&self, error: &io::Error) {
        self.counters().driver_failures.add(1);
        let watch = &self.shared.watch;
        watch.tell(|observer| observer.driver_failed(self.id, error));
    }

    /// Sleeps until there may be work, unless `awake` says that there is a reason not to. False if
    /// the executor closes, and the worker should leave.
    pub(crate) fn sleep(&self, awake: impl Fn() -> bool) -> bool {
        let idle = &self.shared.idle;
        if !idle.fall_asleep(self.id, self.searching.replace(false)) {
            return false;
        }
        self.rest();
        // Whatever panics in here, the worker must not stay in the idle set while it is awake.
        let slept = catch_unwind(AssertUnwindSafe(|| {
            let nap = self.nap.take();
            let ready = match nap {
                _ if planted(Mutant::SleepSkipsRecheck) => false,
                Some(_) => self.shared.policy().injected() > 0,
                None => self.queue.has_ready(self.id),
            };
            if !awake() && !ready {
                self.park(nap);
            }
        }));
        self.rouse();
        if idle.wake_up(self.id) {
            self.counters().wakeups.add(1);
            self.searching.set(true);
        }
        slept.unwrap_or_else(|panic| resume_unwind(panic));
        true
    }

    fn park(&self, limit: Option<Duration>) {
        let watch = &self.shared.watch;
        self.pushed.set(0);
        let observed = watch.flags().is_observed();
        if observed {
            watch.tell(|observer| observer.parked(self.id));
        }
        let asleep = self.remote.busy.sleep();
        if let Err(error) = self.park_driver(limit) {
            self.driver_failed(&error);
            // It would fail again at once: the worker stays of use, and does not spin.
            thread::sleep(FAILURE_PAUSE);
        }
        drop(asleep);
        if self.pushed.get() >= BURST {
            // It may be more than this worker gets through by itself: it soon looks whether it is.
            self.until_events.set(self.until_events.get().min(BURST));
        }
        if observed {
            watch.tell(|observer| observer.unparked(self.id));
        }
    }
}
