//! The policy: which ready task a worker polls next.

use plies_task::Cause;

use crate::{Runnable, WorkerId};

/// Decides which ready task a worker polls next, and nothing else.
///
/// An executor ([`ThreadPool`](crate::ThreadPool), [`CurrentThread`](crate::CurrentThread)) owns the
/// threads, their sleeping and waking, the drivers, the budgets and the shutdown; it calls a policy
/// with tasks that became ready and asks it for tasks to poll. A policy queues and chooses.
///
/// # Contract
///
/// - A task handed to [`push`](Self::push) or [`inject`](Self::inject) comes out of exactly one call
///   of [`next`](Self::next) or [`steal`](Self::steal), or is dropped with the policy.
/// - A task that was injected, or pushed by *any* worker, is found sooner or later by every worker
///   that keeps asking, unless the policy is [`pinned`](Self::pinned). A worker may be stuck in
///   one poll for ever: its queue must be reachable for the others.
/// - [`has_ready`](Self::has_ready) is true from the return of `inject` until a worker takes the
///   task, to poll it or into its own queue. The executor puts a `SeqCst` fence between the two
///   calls, on both sides.
/// - No method blocks for long, and none polls or wakes a task. Dropping a task cancels it.
///
/// # Examples
///
/// A global last-in, first-out stack, and a pool that runs on it:
///
/// ```
/// use std::sync::Mutex;
/// use plies_scheduler::{Cause, Runnable, Scheduler, ThreadPool, WorkerId, block_on};
///
/// struct Stack(Mutex<Vec<Runnable>>);
///
/// impl Scheduler for Stack {
///     type Local = ();
///     fn attach(&self, _: WorkerId) {}
///     fn push(&self, _: &mut (), task: Runnable, cause: Cause) {
///         self.inject(task, cause);
///     }
///     fn inject(&self, task: Runnable, _: Cause) {
///         self.0.lock().unwrap().push(task);
///     }
///     fn next(&self, _: &mut ()) -> Option<Runnable> {
///         self.0.lock().unwrap().pop()
///     }
///     fn has_ready(&self) -> bool {
///         !self.0.lock().unwrap().is_empty()
///     }
/// }
///
/// let pool = ThreadPool::builder().workers(2).scheduler(Stack(Mutex::default())).build()?;
/// assert_eq!(block_on(pool.handle().spawn(async { 6 * 7 })).unwrap(), 42);
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Scheduler: Send + Sync + 'static {
    /// What one worker owns: reached only by the thread that runs that worker, without locks.
    ///
    /// It may move to another thread when the worker does.
    type Local: Send + 'static;

    /// Makes the local part of a worker. Called once for each worker, before its first task; spare
    /// workers are attached later, with identifiers past those of the ordinary ones.
    fn attach(&self, worker: WorkerId) -> Self::Local;

    /// Queues a task that became ready on this worker's own thread.
    ///
    /// [`Cause::Yielded`] says that the task woke itself during its own poll: it must queue behind
    /// every task that is already ready, or it starves them.
    fn push(&self, local: &mut Self::Local, task: Runnable, cause: Cause);

    /// Queues a task that became ready on any other thread.
    fn inject(&self, task: Runnable, cause: Cause);

    /// The next task that this worker should poll, from its own queue and from the shared ones.
    fn next(&self, local: &mut Self::Local) -> Option<Runnable>;

    /// Could some worker find a task now? Asked between announcing idle and sleeping.
    ///
    /// A task that its worker is about to take and others should leave alone (a LIFO slot) need
    /// not count. Answering true while no worker can find anything keeps workers from sleeping.
    fn has_ready(&self) -> bool;

    /// Takes a task from another worker's queue; asked when [`next`](Self::next) and the worker's
    /// driver had nothing. Without stealing, or where `next` takes from everywhere: `None`.
    fn steal(&self, local: &mut Self::Local) -> Option<Runnable> {
        let _ = local;
        None
    }

    /// Did the last [`steal`](Self::steal) leave tasks to workers who are about to reach them, because
    /// to move them would cost more? The worker then sleeps for at most a millisecond before it looks
    /// again, whether or not it is woken.
    ///
    /// A policy that ever says so has to count what is [`injected`](Self::injected): that is all the
    /// worker asks for between announcing idle and such a sleep.
    fn spared(&self, local: &Self::Local) -> bool {
        let _ = local;
        false
    }

    /// Is there more than this busy worker, and those whose tasks it could take, get through by
    /// themselves? Asked every [`event_interval`](crate::Builder::event_interval) polls while another
    /// worker sleeps, which is woken if so.
    fn wants_help(&self, local: &mut Self::Local) -> bool {
        let _ = local;
        self.has_ready()
    }

    /// A spare worker leaves, and its queue has no worker until another spare needs one; or a
    /// worker's task is about to [`block_in_place`](crate::block_in_place). Takes out the tasks in
    /// the queue, for the executor to [`inject`](Self::inject).
    ///
    /// Without an own version, that is what [`next`](Self::next) finds, up to 65,536 tasks; what a
    /// policy leaves must be found by others, and counted by [`has_ready`](Self::has_ready).
    fn vacate(&self, local: &mut Self::Local) -> Vec<Runnable> {
        let most = 1 << 16;
        std::iter::from_fn(|| self.next(local)).take(most).collect()
    }

    /// Could *this* worker find a task now? Differs from [`has_ready`](Self::has_ready) only where
    /// workers may not take from each other.
    fn has_ready_for(&self, worker: WorkerId) -> bool {
        let _ = worker;
        self.has_ready()
    }

    /// Do tasks stay on the worker named by their [`Attributes`](crate::Attributes)?
    ///
    /// If so the executor chooses a worker for each task at spawn, passes tasks of other workers to
    /// [`inject`](Self::inject), and wakes exactly the worker that a task belongs to.
    fn pinned(&self) -> bool {
        false
    }

    /// The fairness that the policy promises: with at most `ready` tasks ready at a time, the largest
    /// number of polls that a lone worker makes from the moment a task becomes ready, in whatever
    /// way, until it polls that task. `None`: no promise.
    ///
    /// Several workers that keep step, each beginning a poll while every other one begins one, make
    /// no more than `workers * (bound + 2)` together: the bench `fairness` holds the schedulers of
    /// this crate to that. Without the condition there is no bound, whatever the policy: while the
    /// system stops the thread that has taken a task and not begun to poll it, the others go on.
    fn bound(&self, ready: usize) -> Option<usize> {
        let _ = ready;
        None
    }

    /// How many tasks are in the queue that all workers share, or in the inboxes of a
    /// [`pinned`](Self::pinned) policy, for the metrics; read from any thread. Those in a worker's
    /// own queue are for [`queue_stats`](Self::queue_stats).
    fn injected(&self) -> usize {
        0
    }

    /// What the policy counts about a worker's queue, for the metrics; read from any thread.
    fn queue_stats(&self, worker: WorkerId) -> QueueStats {
        let _ = worker;
        QueueStats::default()
    }

    /// How many tasks are queued now, in all queues together, for a [`Dump`](crate::Dump); read
    /// from any thread. `None`: they are not counted.
    fn queued(&self) -> Option<usize> {
        None
    }
}

/// What a policy counts about one worker's queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStats {
    /// Tasks queued now, in the queue that belongs to this worker.
    pub depth: usize,
    /// Tasks taken from the LIFO slot so far.
    pub lifo_hits: u64,
    /// Tasks that did not fit the worker's own queue and went to the shared one, so far.
    pub overflows: u64,
}
