//! The end of an executor: every task dropped once, within a bounded time, and a report.
//!
//! 1. The `CLOSED` flag goes up: workers drop tasks instead of polling them.
//! 2. The registry closes: every task that waits for something is cancelled, which makes it ready,
//!    so that the worker it belongs to drops it.
//! 3. The idle set closes: nobody goes to sleep any more. A worker finishes its current poll, drops
//!    what it can reach, and leaves. No spare worker starts any more.
//! 4. What is still queued, or arrives later, is swept up by whoever queued it last.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use plies_shim::sync::atomic::Ordering;
use plies_shim::sync::{Condvar, Mutex};

use crate::shared::Shared;
use crate::{Runnable, WorkerId};

/// What a shutdown did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Tasks whose futures were dropped before they were done.
    pub tasks_dropped: usize,
    /// Workers that were still in a poll when the time was up. Each ends after that poll.
    pub workers_left: usize,
    /// How long the shutdown took.
    pub elapsed: Duration,
}

/// How many workers have not left yet.
pub(crate) struct Exits {
    live: Mutex<Live>,
    left: Condvar,
}

#[derive(Default)]
struct Live {
    workers: usize,
    // Somebody waits until at most so many are left: nobody else is worth a system call.
    awaited: Option<usize>,
}

impl Exits {
    pub(crate) fn new() -> Self {
        Exits {
            live: Mutex::new(Live::default()),
            left: Condvar::new(),
        }
    }

    pub(crate) fn enter(&self) {
        self.live.lock().workers += 1;
    }

    pub(crate) fn leave(&self) {
        let mut live = self.live.lock();
        live.workers -= 1;
        if live.awaited.is_some_and(|awaited| live.workers <= awaited) {
            self.left.notify_all();
        }
    }

    /// Waits until at most `remaining` workers are left, or for `timeout`; returns how many are.
    fn wait(&self, remaining: usize, timeout: Duration) -> usize {
        // A deadline that overflows is further away than anyone waits.
        let deadline = Instant::now().checked_add(timeout);
        let mut live = self.live.lock();
        live.awaited = live.awaited.max(Some(remaining));
        while live.workers > remaining {
            live = match deadline {
                None => self.left.wait(live),
                Some(deadline) => {
                    let time = deadline.saturating_duration_since(Instant::now());
                    if time.is_zero() {
                        break;
                    }
                    self.left.wait_timeout(live, time).0
                }
            };
        }
        live.workers
    }
}

impl Shared {
    /// Drops one task, with whatever its destructor does contained.
    pub(crate) fn drop_task(&self, task: Runnable) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        let id = task.id();
        // The task contains its future's panics; this contains those of an observer's hooks.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
        self.watch.tell(|observer| observer.terminated(id, true));
    }

    /// Drops what is queued, on behalf of workers that left.
    #[cold]
    pub(crate) fn sweep(&self) {
        self.policy().sweep(&|task| self.drop_task(task));
    }

    /// Steps 1 to 3, without waiting. Idempotent.
    pub(crate) fn close(&self) {
        if !self.watch.close() {
            return;
        }
        // A worker without a thread of its own leaves its queue behind when it is over.
        if self.is_threaded() {
            self.policy()
                .attach_sweeper(WorkerId::new(self.remotes().len()));
        }
        self.registry().close_and_cancel_all();
        for worker in self.idle.close() {
            self.unpark(worker);
        }
        // After the idle set: whoever is refused a spare finds what nobody was woken for.
        if let Some(service) = self.service() {
            service.close();
        }
    }

    /// A task has panicked, and that is to be the end of the executor: closes it.
    #[cold]
    pub(crate) fn fail(&self) {
        self.watch.set_failed();
        self.close();
    }

    /// All four steps; waits for all workers but `remaining`.
    pub(crate) fn shut_down(&self, remaining: usize, timeout: Duration) -> ShutdownReport {
        let start = Instant::now();
        self.close();
        let workers_left = self.exits.wait(remaining, timeout);
        self.sweep();
        ShutdownReport {
            tasks_dropped: self.dropped.load(Ordering::Relaxed),
            workers_left,
            elapsed: start.elapsed(),
        }
    }
}
