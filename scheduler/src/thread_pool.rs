//! The executor whose workers are threads of its own.

use std::io;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use plies_shim::thread;

use crate::builder::{Builder, Hooks, ThreadOptions, call};
use crate::queue::Queue;
use crate::reference::SharedRef;
use crate::rescue::Spares;
use crate::worker::Worker;
use crate::{Handle, Scheduler, ShutdownReport, WorkerId, context};

/// How long dropping a pool waits for workers that are stuck in a poll.
const DROP_PATIENCE: Duration = Duration::from_secs(10);

/// Runs tasks on threads of its own, in the order that a [`Scheduler`] chooses.
///
/// Dropping it shuts it down: every task is dropped, and the threads end. The drop waits for polls
/// that are under way, for ten seconds at most; [`shutdown`](Self::shutdown) takes another bound
/// and says what happened. Dropped inside one of its own tasks, it does not wait for that one.
///
/// # Examples
///
/// A CPU pool for futures, without any runtime:
///
/// ```
/// use plies_scheduler::{ThreadPool, block_on};
///
/// let pool = ThreadPool::builder().workers(2).build()?;
/// let sum = pool.handle().spawn(async { (1..=1000u64).sum::<u64>() });
/// assert_eq!(block_on(sum).unwrap(), 500_500);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ThreadPool {
    handle: Handle,
    threads: Vec<thread::JoinHandle<()>>,
}

impl ThreadPool {
    /// A builder with the defaults: [`WorkStealing`](crate::WorkStealing), one worker for each
    /// logical core.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Starts the workers. They start the monitor, unless the caller says that it has one.
    pub(crate) fn start<S: Scheduler>(builder: Builder<S>, has_monitor: bool) -> io::Result<Self> {
        let workers = worker_count(builder.workers)?;
        let (shared, queues, options) = builder.assemble(workers, true);
        let options = Arc::new(options);
        if let Some(service) = shared.service() {
            let spares = Spares::new(queues[0].queues().clone(), options.clone());
            service.set_source(spares);
            if has_monitor {
                service.keep_monitor();
            }
        }
        let mut pool = ThreadPool {
            handle: Handle::new(shared),
            threads: Vec::new(),
        };
        for (index, queue) in queues.into_iter().enumerate() {
            // On an error the pool is dropped here, and that ends the threads already started.
            pool.start_worker(WorkerId::new(index), queue, &options)?;
        }
        Ok(pool)
    }

    fn start_worker<S: Scheduler>(
        &mut self,
        id: WorkerId,
        queue: Queue<S>,
        options: &ThreadOptions,
    ) -> io::Result<()> {
        let shared = self.handle.shared().clone();
        let hooks = options.hooks.clone();
        shared.exits.enter();
        let run = {
            let shared = shared.clone();
            move || run_worker(id, shared, queue, &hooks)
        };
        let started = options.start(id, run);
        let thread = started.inspect_err(|_| shared.exits.leave())?;
        self.threads.extend(thread);
        Ok(())
    }

    /// The handle that spawns onto this pool.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Drops every task, ends the threads, and says what happened.
    ///
    /// It waits for polls that are under way, for at most `timeout`. A worker that is still in a
    /// poll by then is left behind: it ends after that poll, and drops what it can still reach.
    /// A task that is spawned meanwhile, or later, is cancelled.
    pub fn shutdown(mut self, timeout: Duration) -> ShutdownReport {
        self.end(timeout)
    }

    fn end(&mut self, timeout: Duration) -> ShutdownReport {
        let shared = self.handle.shared();
        let own = context::runs_worker_of(shared);
        let report = shared.shut_down(usize::from(own), timeout);
        let threads = std::mem::take(&mut self.threads);
        if report.workers_left == 0 {
            // They have left; what remains is a moment. A worker's panics are contained.
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
        report
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.end(DROP_PATIENCE);
        }
    }
}

fn worker_count(asked: Option<usize>) -> io::Result<usize> {
    let workers = asked.unwrap_or_else(|| available_parallelism().map_or(1, |n| n.get()));
    // One identifier is kept for the queue that shutdown sweeps with.
    if (1..WorkerId::MAX_WORKERS).contains(&workers) {
        return Ok(workers);
    }
    let limit = WorkerId::MAX_WORKERS - 1;
    let message = format!("a pool of {workers} workers: ask for 1 to {limit} with workers(n)");
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

/// What a worker's thread does, from its start to its end.
fn run_worker<S: Scheduler>(id: WorkerId, shared: SharedRef, queue: Queue<S>, hooks: &Hooks) {
    let worker = Worker::new(id, id.index(), shared.clone(), queue);
    let driver = worker.enter_driver();
    {
        let _context = context::enter(&worker);
        call(&hooks.start, id);
        worker.start_working();
        worker.contained(Worker::run);
        worker.stop_working();
        call(&hooks.stop, id);
    }
    worker.into_queue().retire();
    shared.sweep();
    // What is swept is dropped inside of it.
    drop(driver);
    shared.exits.leave();
}
