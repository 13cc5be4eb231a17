//! The executor of a runtime: which of the two it is, and with which scheduler.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use plies_scheduler::{CurrentThread, Pinned, Scheduler, ShutdownReport, ThreadPool};

/// An executor, whatever its scheduler.
#[derive(Debug)]
pub(super) enum Executor {
    ThreadPool(ThreadPool),
    CurrentThread(CurrentThread),
}

impl Executor {
    pub(super) fn handle(&self) -> &plies_scheduler::Handle {
        match self {
            Self::ThreadPool(pool) => pool.handle(),
            Self::CurrentThread(executor) => executor.handle(),
        }
    }

    /// Runs `future` on this thread, and the tasks as well where they have no other.
    #[track_caller]
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Self::ThreadPool(_) => plies_scheduler::block_on(future),
            Self::CurrentThread(executor) => executor.block_on(future),
        }
    }

    pub(super) fn shutdown(self, timeout: Duration) -> ShutdownReport {
        match self {
            Self::ThreadPool(pool) => pool.shutdown(timeout),
            Self::CurrentThread(executor) => executor.shutdown(),
        }
    }
}

/// Makes a scheduler for each executor that is built; its type is known here only.
pub(super) type Policy = Arc<dyn MakeExecutor>;

pub(super) trait MakeExecutor: Send + Sync {
    fn thread_pool(&self, builder: plies_scheduler::Builder) -> io::Result<ThreadPool>;
    fn current_thread(&self, builder: plies_scheduler::Builder<Pinned>) -> CurrentThread;
}

impl<F, S> MakeExecutor for F
where
    F: Fn() -> S + Send + Sync,
    S: Scheduler,
{
    fn thread_pool(&self, builder: plies_scheduler::Builder) -> io::Result<ThreadPool> {
        builder.scheduler(self()).build()
    }

    fn current_thread(&self, builder: plies_scheduler::Builder<Pinned>) -> CurrentThread {
        builder.scheduler(self()).build_current_thread()
    }
}
