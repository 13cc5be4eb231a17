//! Watching an executor: what happens to which task, on which worker, and because of whom.

use std::fmt;
use std::io;
use std::panic::Location;
use std::time::Duration;

use plies_task::{Cause, Id, Outcome};

use crate::{Attributes, Runnable, Stall, WorkerId};

/// Is told what happens, as it happens.
///
/// Set one with [`Builder::observer`](crate::Builder::observer), or at any time with
/// [`Handle::observe`](crate::Handle::observe). Without one, an executor pays a predictable branch
/// for each poll, spawn and wake.
///
/// # Contract
///
/// - The methods run where the event happens, on workers and on any thread that spawns or wakes;
///   they hold that thread up, and should be short.
/// - They may spawn and wake. A panic in one is contained, and the event goes on.
/// - An event that happens while the observer is being set or taken away may go either way.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use plies_scheduler::{Observer, Origin, TaskView, ThreadPool, block_on};
///
/// #[derive(Default)]
/// struct Spawns(AtomicUsize);
///
/// impl Observer for Spawns {
///     fn spawned(&self, task: &TaskView<'_>, by: Origin) {
///         println!("{} spawned at {} by {by:?}", task.id(), task.location());
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let spawns = Arc::new(Spawns::default());
/// let pool = ThreadPool::builder().workers(1).observer(spawns.clone()).build()?;
/// block_on(pool.handle().spawn(async {})).unwrap();
/// pool.handle().observe(None);
/// block_on(pool.handle().spawn(async {})).unwrap();
/// assert_eq!(spawns.0.load(Ordering::Relaxed), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[allow(
    unused_variables,
    reason = "the names are for those who implement a method"
)]
pub trait Observer: Send + Sync + 'static {
    /// A task was spawned; it is not queued yet.
    fn spawned(&self, task: &TaskView<'_>, by: Origin) {}

    /// A task became ready again: woken, or aborted, or queued once more after a self-wake.
    fn woken(&self, task: &TaskView<'_>, cause: Cause, by: Origin) {}

    /// A worker is about to poll a task.
    fn poll_started(&self, worker: WorkerId, task: &TaskView<'_>) {}

    /// A poll has ended, with what became of the task.
    fn poll_ended(&self, worker: WorkerId, task: Id, outcome: Outcome, took: Duration) {}

    /// A task is over: its future returned or panicked, or was dropped before (`cancelled`).
    fn terminated(&self, task: Id, cancelled: bool) {}

    /// A worker has nothing to do and goes to sleep in its driver.
    fn parked(&self, worker: WorkerId) {}

    /// A worker returns from its sleep.
    fn unparked(&self, worker: WorkerId) {}

    /// A worker's [`Driver`](crate::Driver) failed. The worker goes on and tries it again, so a
    /// driver that has failed for good is told again and again.
    fn driver_failed(&self, worker: WorkerId, error: &io::Error) {}

    /// A worker took tasks from another worker's queue.
    fn stole(&self, worker: WorkerId, victim: WorkerId, tasks: usize) {}

    /// A worker has been in one poll for too long; see [`Rescue`](crate::Rescue). Once for each
    /// such poll, on the monitor's thread: what blocks here holds up further rescues.
    fn stalled(&self, stall: &Stall) {}
}

/// Where an event came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The worker on whose thread it happened; `None` on a thread that is none of this executor's.
    pub worker: Option<WorkerId>,
    /// The task that was being polled on that thread.
    pub task: Option<Id>,
}

impl Origin {
    pub(crate) fn new(worker: Option<WorkerId>, task: Option<Id>) -> Self {
        Origin { worker, task }
    }
}

/// A task, as an observer sees it.
#[derive(Clone, Copy)]
pub struct TaskView<'a> {
    task: &'a Runnable,
}

impl<'a> TaskView<'a> {
    pub(crate) fn new(task: &'a Runnable) -> Self {
        TaskView { task }
    }

    /// Its identifier, unique in this process.
    pub fn id(&self) -> Id {
        self.task.id()
    }

    /// Its name, if it was spawned with one.
    pub fn name(&self) -> Option<&'a str> {
        self.task.name()
    }

    /// Where it was spawned.
    pub fn location(&self) -> &'static Location<'static> {
        self.task.location()
    }

    /// What its scheduling policy was told.
    pub fn attributes(&self) -> Attributes {
        *self.task.metadata()
    }
}

impl fmt::Debug for TaskView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task.fmt(f)
    }
}
