//! What every task and thread of a runtime is doing, and printing that at a signal.

#[cfg(feature = "signal")]
mod on_signal;

use std::fmt;

use plies_scheduler::{TaskDump, WorkerDump};

use super::{Handle, Id};

#[cfg(feature = "signal")]
pub(super) use on_signal::DumpOnSignal;

/// Every live task and every worker of a runtime, at one moment; made by [`Handle::dump`].
///
/// Displayed, it is a table: workers first, then running tasks, queued ones and idle ones, of each
/// kind the one that was polled longest ago first.
///
/// The tasks of a [`LocalSet`](crate::task::LocalSet) and of `spawn_local` are not in it, and
/// neither is the future of `block_on`.
#[derive(Clone, Debug)]
pub struct Dump {
    id: Id,
    name: Option<String>,
    executor: plies_scheduler::Dump,
    blocking_running: usize,
    blocking_queued: usize,
}

impl Dump {
    pub(super) fn take(handle: &Handle) -> Self {
        let blocking = handle.blocking();
        Self {
            id: handle.id(),
            name: handle.name().map(str::to_owned),
            executor: handle.executor().dump(),
            blocking_running: blocking.threads().saturating_sub(blocking.idle()),
            blocking_queued: blocking.queued(),
        }
    }

    /// The workers, in the order of their identifiers, with those spare ones that are there now.
    #[must_use]
    pub fn workers(&self) -> &[WorkerDump] {
        self.executor.workers()
    }

    /// Every live task that has begun its first poll, in the order of the table.
    #[must_use]
    pub fn tasks(&self) -> &[TaskDump] {
        self.executor.tasks()
    }

    /// How many tasks wait in a queue for their first poll; they are not among the
    /// [`tasks`](Self::tasks). `None` if the scheduler does not count its queues.
    #[must_use]
    pub fn never_polled(&self) -> Option<usize> {
        self.executor.never_polled()
    }

    /// How many threads of the blocking pool are in a job.
    #[must_use]
    pub fn blocking_jobs_running(&self) -> usize {
        self.blocking_running
    }

    /// How many jobs wait for a thread of the blocking pool.
    #[must_use]
    pub fn blocking_jobs_queued(&self) -> usize {
        self.blocking_queued
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "runtime {}", self.id)?;
        if let Some(name) = &self.name {
            write!(f, " '{name}'")?;
        }
        let (running, queued) = (self.blocking_running, self.blocking_queued);
        writeln!(f, "; blocking jobs: {running} running, {queued} queued")?;
        self.executor.fmt(f)
    }
}
