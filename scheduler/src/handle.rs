//! A reference to an executor: spawns tasks, reads metrics and takes dumps, from any thread.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use plies_task::{Cause, JoinHandle};

use crate::local_future::LocalFuture;
use crate::metrics::Metrics;
use crate::reference::{SharedRef, TaskRef};
use crate::{Attributes, Dump, Observer, TaskBuilder, WorkerId, context};

/// Spawns tasks onto an executor, from any thread. One pointer wide, cheap to clone.
///
/// It does not keep the workers going: after the executor has shut down, what it spawns is
/// cancelled at once.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{ThreadPool, block_on};
///
/// let pool = ThreadPool::builder().workers(2).build()?;
/// let handle = pool.handle().clone();
/// let outer = pool.handle().spawn(async move { handle.spawn(async { 3 }).await.unwrap() + 1 });
/// assert_eq!(block_on(outer).unwrap(), 4);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Handle {
    shared: SharedRef,
}

impl Handle {
    pub(crate) fn new(shared: SharedRef) -> Self {
        Handle { shared }
    }

    pub(crate) fn shared(&self) -> &SharedRef {
        &self.shared
    }

    /// The executor whose worker runs on this thread, or `None` on any other thread.
    pub fn try_current() -> Option<Handle> {
        // SAFETY: the worker's reference does not leave this function.
        unsafe { context::worker() }.map(|worker| Handle::new(worker.shared().clone()))
    }

    /// The executor whose worker runs on this thread.
    ///
    /// # Panics
    ///
    /// On a thread that runs no worker.
    #[track_caller]
    pub fn current() -> Handle {
        match Self::try_current() {
            Some(handle) => handle,
            None => panic!(
                "no executor runs on this thread: call this inside a task, or keep a Handle from \
                 ThreadPool::handle"
            ),
        }
    }

    /// Spawns a task; it is queued, and never polled in this call.
    ///
    /// Dropping the returned handle detaches the task. After the executor has shut down the task is
    /// cancelled, and awaiting the handle says so.
    #[track_caller]
    #[inline]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_with(TaskBuilder::new(), future)
    }

    /// Spawns a task with a name and attributes; see [`spawn`](Self::spawn).
    ///
    /// # Examples
    ///
    /// ```
    /// use plies_scheduler::{Attributes, TaskBuilder, ThreadPool, block_on};
    ///
    /// let pool = ThreadPool::builder().workers(1).build()?;
    /// let task = TaskBuilder::new().name("audit").attributes(Attributes::new().with_class(2));
    /// assert_eq!(block_on(pool.handle().spawn_with(task, async { "done" })).unwrap(), "done");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    #[inline]
    pub fn spawn_with<F>(&self, task: TaskBuilder, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // SAFETY: the reference does not leave this function.
        let here = unsafe { context::worker() }.filter(|worker| worker.serves(&self.shared));
        let reference = match here {
            Some(worker) => worker.task_ref(),
            None => TaskRef::new(self.shared.clone()),
        };
        self.shared
            .count_spawned(here.map(|worker| worker.counters()));
        let task = self.shared.prepare(task, here.map(|worker| worker.id()));
        let (runnable, join) = task.spawn(future, reference);
        if !self.shared.watch.flags().is_plain() {
            self.shared.tell_spawned(&runnable);
        }
        match here {
            Some(worker) => worker.push(runnable, Cause::Spawned),
            None => self.shared.inject(runnable, Cause::Spawned),
        }
        join
    }

    /// Spawns a task onto one worker, with a future that need not be `Send`: `make` makes it there,
    /// in the task's first poll, and it never leaves that worker's thread.
    ///
    /// On a [`CurrentThread`](crate::CurrentThread) that is the thread that drives it then; driven
    /// by another one later, the task panics. Dropped by another one, it leaks the future.
    ///
    /// # Panics
    ///
    /// If the policy is not [`pinned`](crate::Scheduler::pinned), or if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    /// use plies_scheduler::{Pinned, ThreadPool, WorkerId, block_on};
    ///
    /// let pool = ThreadPool::builder().workers(2).scheduler(Pinned::new()).build()?;
    /// let task = pool.handle().spawn_local_on(WorkerId::new(1), || {
    ///     let local = Rc::new(20);
    ///     async move { *local + 1 }
    /// });
    /// assert_eq!(block_on(task).unwrap(), 21);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_local_on<M, F>(&self, worker: WorkerId, make: M) -> JoinHandle<F::Output>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future + 'static,
        F::Output: Send + 'static,
    {
        let workers = self.workers();
        assert!(
            worker.index() < workers,
            "{worker:?} of an executor with {workers} workers: name one below that"
        );
        assert!(
            self.shared.is_pinned(),
            "this executor's scheduler moves tasks between threads: build it with \
             scheduler(Pinned::new()), or spawn a future that is Send"
        );
        let attributes = Attributes::new().with_worker(worker);
        let task = TaskBuilder::new().attributes(attributes);
        self.spawn_with(task, LocalFuture::new(make))
    }

    /// How many workers the executor has, busy or idle.
    pub fn workers(&self) -> usize {
        self.shared.remotes().len()
    }

    /// What the executor and its workers did so far.
    pub fn metrics(&self) -> Metrics {
        Metrics::read(&self.shared)
    }

    /// Every live task and every worker, as they are now.
    ///
    /// Any thread may ask, also while every worker is stuck: nothing is polled, and nobody is waited
    /// for. It takes time in proportion to the number of tasks.
    #[must_use]
    pub fn dump(&self) -> Dump {
        Dump::take(&self.shared)
    }

    /// Sets the observer, in place of the one before; `None` switches observing off.
    pub fn observe(&self, observer: Option<Arc<dyn Observer>>) {
        self.shared.watch.set_observer(observer);
    }

    /// Switches on, or off, that the length of each poll is counted: [`Metrics::poll_times`]. While
    /// on, it costs two looks at the clock a poll.
    pub fn time_polls(&self, on: bool) {
        self.shared.watch.set_timed(on);
    }

    /// Has the executor begun to shut down?
    pub fn is_closed(&self) -> bool {
        self.shared.watch.flags().is_closed()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("workers", &self.workers())
            .finish_non_exhaustive()
    }
}
