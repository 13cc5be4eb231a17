//! Threads for work that blocks: file and name look-ups, long computations.

mod crew;
mod mutants;
mod queue;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use plies_reactor::ClockHold;
use plies_scheduler::coop::Budget;
use plies_scheduler::with_task;
use plies_task::{Cause, JoinHandle, Runnable, Schedule};

use crate::runtime::Handle;
use crate::runtime::threads::ThreadConfig;
use crew::{Crew, Submitted};

/// A job, and what keeps a paused clock from jumping until its joiner has been told: the fields are
/// dropped in this order.
struct Job {
    task: Runnable,
    hold: Option<ClockHold>,
}

/// A runtime's blocking threads and the jobs that wait for one.
///
/// A job is a task that is ready from the start and finishes in its one poll, so its handle, its
/// panics and its cancellation are those of every other task.
pub(crate) struct BlockingPool {
    crew: Arc<Crew<Job>>,
    threads: ThreadConfig,
}

/// A job is never woken, so there is nothing to schedule.
#[derive(Clone)]
struct Once;

impl Schedule for Once {
    fn schedule(&self, task: Runnable, _: Cause) {
        drop(task);
    }
}

impl BlockingPool {
    pub(crate) fn new(limit: usize, keep_alive: Duration, threads: ThreadConfig) -> Self {
        Self {
            crew: Arc::new(Crew::new(limit, keep_alive)),
            threads,
        }
    }

    /// Has `job` run by a thread that is inside the runtime `handle`.
    ///
    /// When the pool is closed, or the operating system refuses the first thread, the job is
    /// dropped and its handle says that it was cancelled.
    #[track_caller]
    pub(crate) fn spawn<R: Send + 'static>(
        &self,
        handle: &Handle,
        name: Option<&str>,
        hold: Option<ClockHold>,
        job: impl FnOnce() -> R + Send + 'static,
    ) -> JoinHandle<R> {
        let mut builder = plies_task::Builder::new();
        if let Some(name) = name {
            builder = builder.name(name);
        }
        let (task, joiner) = builder.spawn(async move { job() }, Once);
        if let Ok(Submitted::StartThread) = self.crew.submit(Job { task, hold })
            && self.start_thread(handle).is_err()
        {
            self.crew.forgo();
        }
        joiner
    }

    fn start_thread(&self, handle: &Handle) -> io::Result<()> {
        let crew = self.crew.clone();
        let threads = self.threads.clone();
        let handle = handle.clone();
        self.threads.builder().spawn(move || {
            let mut member = crew.join();
            let _entered = handle.enter();
            threads.run(|| {
                while let Some(Job { task, hold }) = member.next() {
                    with_task(task.id(), Budget::UNLIMITED, || task.run());
                    drop(hold);
                }
            });
        })?;
        Ok(())
    }

    /// Drops the jobs that nobody has begun and lets the threads end after the one they are in.
    pub(crate) fn close(&self) {
        self.crew.close();
    }

    /// Waits for the threads of a closed pool, at most `limit`; returns how many are in a job
    /// still.
    pub(crate) fn wait_closed(&self, limit: Duration) -> usize {
        self.crew.wait_empty(limit)
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        self.crew.threads()
    }

    /// How many threads have nothing to do.
    pub(crate) fn idle(&self) -> usize {
        self.crew.idle()
    }

    /// How many jobs nobody has begun.
    pub(crate) fn queued(&self) -> usize {
        self.crew.queued()
    }
}
