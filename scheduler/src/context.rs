//! What a thread knows of the worker that runs on it: one thread-local, read once per operation.

use std::cell::Cell;
use std::ptr::NonNull;

use plies_task::Id;

use crate::WorkerId;
use crate::coop::{Budget, UNLIMITED};
use crate::shared::Shared;
use crate::worker::{AnyWorker, Worker};

pub(crate) struct Context {
    worker: Cell<Option<NonNull<AnyWorker>>>,
    // The worker that is off the thread while its task blocks in place.
    aside: Cell<Option<NonNull<AnyWorker>>>,
    task: Cell<Option<Id>>,
    pub(crate) budget: Cell<u16>,
}

plies_shim::thread_local! {
    // Without a destructor and const: an access is a load from a fixed offset.
    static CONTEXT: Context = const {
        Context {
            worker: Cell::new(None),
            aside: Cell::new(None),
            task: Cell::new(None),
            budget: Cell::new(UNLIMITED),
        }
    };
}

#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Context) -> R) -> R {
    CONTEXT.with(f)
}

impl Context {
    /// The worker that runs on this thread.
    ///
    /// # Safety
    ///
    /// The reference must not outlive the call that asked for it: it points into a frame further
    /// down this thread's stack.
    #[inline]
    pub(crate) unsafe fn worker<'a>(&self) -> Option<&'a AnyWorker> {
        // SAFETY: `enter` set the pointer from a reference that outlives its guard, the guard
        // takes it back, and both are on this thread's stack, below the caller.
        self.worker.get().map(|worker| unsafe { worker.as_ref() })
    }

    #[inline]
    pub(crate) fn begin_poll(&self, task: Id, budget: u16) {
        self.task.set(Some(task));
        self.budget.set(budget);
    }

    /// Back to the worker's own code: what it calls now is not part of a task.
    #[inline]
    pub(crate) fn end_polls(&self) {
        self.task.set(None);
        self.budget.set(UNLIMITED);
    }

    pub(crate) fn task(&self) -> Option<Id> {
        self.task.get()
    }
}

/// The worker that runs on this thread.
///
/// # Safety
///
/// The reference must not outlive the call that asked for it, as for [`Context::worker`].
#[inline]
pub(crate) unsafe fn worker<'a>() -> Option<&'a AnyWorker> {
    // SAFETY: the caller's promise is the same.
    with(|context| unsafe { context.worker() })
}

/// Does this thread run a worker of this executor, on it or off it?
pub(crate) fn runs_worker_of(shared: &Shared) -> bool {
    with(|context| {
        let mut both = [context.worker.get(), context.aside.get()]
            .into_iter()
            .flatten();
        // SAFETY: as in `Context::worker`; `take_off` keeps the second one as `enter` the first.
        both.any(|worker| unsafe { worker.as_ref() }.serves(shared))
    })
}

/// Takes the worker off this thread until the guard is dropped: what becomes ready meanwhile is
/// injected, as from a thread without a worker.
pub(crate) fn take_off(worker: &AnyWorker) -> Off<'_> {
    with(|context| Off {
        worker: context.worker.take(),
        aside: context.aside.replace(Some(NonNull::from(worker))),
        _worker: worker,
    })
}

pub(crate) struct Off<'a> {
    worker: Option<NonNull<AnyWorker>>,
    aside: Option<NonNull<AnyWorker>>,
    // As in `Guard`.
    _worker: &'a AnyWorker,
}

impl Drop for Off<'_> {
    fn drop(&mut self) {
        with(|context| {
            context.worker.set(self.worker);
            context.aside.set(self.aside);
        });
    }
}

/// The task that this thread is polling, or `None` outside of a poll.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{ThreadPool, block_on, current_task};
///
/// assert_eq!(current_task(), None);
/// let pool = ThreadPool::builder().workers(1).build()?;
/// let task = pool.handle().spawn(async { current_task() });
/// let id = task.id();
/// assert_eq!(block_on(task).unwrap(), Some(id));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn current_task() -> Option<Id> {
    with(Context::task)
}

/// The worker that runs on this thread, or `None` on a thread that runs none.
///
/// For [`CurrentThread`](crate::CurrentThread) that is the one worker, on the thread that drives.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{ThreadPool, block_on, current_worker};
///
/// assert_eq!(current_worker(), None);
/// let pool = ThreadPool::builder().workers(1).build()?;
/// let worker = block_on(pool.handle().spawn(async { current_worker() })).unwrap();
/// assert_eq!(worker.unwrap().index(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn current_worker() -> Option<WorkerId> {
    // SAFETY: the worker's reference does not leave this function.
    unsafe { worker() }.map(Worker::id)
}

/// The number of the worker that runs on this thread, in which a spare worker has that of the
/// worker whose place it takes; `None` on a thread that runs no worker.
///
/// It is below [`Handle::workers`](crate::Handle::workers). While a worker is stuck in a poll and a
/// spare runs in its place, two threads have the same number.
pub fn current_place() -> Option<usize> {
    // SAFETY: the worker's reference does not leave this function.
    unsafe { worker() }.map(Worker::post)
}

/// Calls `f` as a poll of `task`: [`current_task`] names it, and it has a budget of its own.
///
/// For executors that run inside a task of this one, or on a thread without a worker. What was
/// before is put back afterwards, also when `f` panics.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{Cause, coop, current_task, with_task};
/// # #[derive(Clone)] struct Inline;
/// # impl plies_task::Schedule for Inline { fn schedule(&self, _: plies_task::Runnable, _: Cause) {} }
///
/// let (task, handle) = plies_task::spawn(async { current_task() }, Inline);
/// with_task(task.id(), coop::Budget::DEFAULT, || task.run());
/// assert!(handle.is_finished());
/// assert_eq!(current_task(), None);
/// ```
pub fn with_task<R>(task: Id, budget: Budget, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<Id>);
    impl Drop for Restore {
        fn drop(&mut self) {
            with(|context| context.task.set(self.0));
        }
    }
    let _restore = Restore(with(|context| context.task.replace(Some(task))));
    crate::coop::with_budget(budget.units(), f)
}

/// Makes `worker` the one that runs on this thread, until the guard is dropped.
pub(crate) fn enter(worker: &AnyWorker) -> Guard<'_> {
    with(|context| Guard {
        previous: Context {
            worker: Cell::new(context.worker.replace(Some(NonNull::from(worker)))),
            aside: Cell::new(context.aside.get()),
            task: Cell::new(context.task.take()),
            budget: Cell::new(context.budget.replace(UNLIMITED)),
        },
        _entered: worker,
    })
}

pub(crate) struct Guard<'a> {
    previous: Context,
    // Ties the guard to the worker, and keeps it on this thread.
    _entered: &'a AnyWorker,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        with(|context| {
            context.worker.set(self.previous.worker.get());
            context.task.set(self.previous.task.get());
            context.budget.set(self.previous.budget.get());
        });
    }
}
