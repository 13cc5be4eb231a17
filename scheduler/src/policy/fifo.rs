//! One global queue: the reference that other policies are compared with.

use plies_task::Cause;

use super::deque::ConcurrentQueue;
use crate::{Runnable, Scheduler, WorkerId};

/// One queue for all workers, first in, first out.
///
/// Every ready task waits for those that were ready before it and for nobody else: with R tasks
/// always ready, R - 1 other tasks are taken between two polls of one task, however many workers
/// take them. The price is that every worker writes to the same two cache lines.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{Fifo, ThreadPool, block_on};
///
/// let pool = ThreadPool::builder().workers(2).scheduler(Fifo::new()).build()?;
/// assert_eq!(block_on(pool.handle().spawn(async { "first come" })).unwrap(), "first come");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Fifo {
    queue: ConcurrentQueue<Runnable>,
}

impl Fifo {
    /// An empty queue without a capacity limit.
    pub fn new() -> Self {
        Fifo {
            queue: ConcurrentQueue::unbounded(),
        }
    }
}

impl Default for Fifo {
    fn default() -> Self {
        Self::new()
    }
}

impl Scheduler for Fifo {
    type Local = ();

    fn attach(&self, _: WorkerId) {}

    fn push(&self, _: &mut (), task: Runnable, cause: Cause) {
        self.inject(task, cause);
    }

    fn inject(&self, task: Runnable, _: Cause) {
        if self.queue.push(task).is_err() {
            unreachable!("the queue is neither bounded nor ever closed");
        }
    }

    fn next(&self, _: &mut ()) -> Option<Runnable> {
        self.queue.pop().ok()
    }

    /// Nothing is in a queue of the worker's own.
    fn vacate(&self, (): &mut ()) -> Vec<Runnable> {
        Vec::new()
    }

    fn has_ready(&self) -> bool {
        !self.queue.is_empty()
    }

    fn bound(&self, ready: usize) -> Option<usize> {
        Some(ready)
    }

    fn injected(&self) -> usize {
        self.queue.len()
    }

    fn queued(&self) -> Option<usize> {
        Some(self.queue.len())
    }
}
