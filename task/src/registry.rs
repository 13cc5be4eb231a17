//! The table of live tasks: what an executor drops at shutdown, and what diagnostics walk.

mod info;
mod link;

pub use info::{TaskInfo, TaskState};
pub(crate) use link::Link;

use crate::Runnable;
use crate::header::Header;
use crate::mutants::{Mutant, planted};
use crate::state::Next;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;
use link::Shard;
use plies_shim::sync::atomic::{AtomicBool, Ordering};

/// The live tasks of an executor.
///
/// A task enters when its first poll returns `Pending`, so one that finishes at once costs
/// nothing, and leaves before its [`JoinHandle`](crate::JoinHandle) resolves. A task that was
/// never polled is not in it: it is in the executor's queues.
///
/// It is cut into shards, each behind a lock of its own, which is never held while code of the
/// user runs. A task goes into the shard of the thread that polled it first, where most tasks end
/// too, so that workers seldom meet at a lock. Put one into what your [`Schedule`](crate::Schedule) refers to, and return it
/// from [`Schedule::registry`](crate::Schedule::registry).
///
/// # Shutting down
///
/// 1. [`close_and_cancel_all`](Self::close_and_cancel_all): every registered task that is idle
///    goes to its scheduler once more, to be dropped by [`Runnable::run`]; the others are
///    cancelled when their poll ends.
/// 2. Run or drop what the queues hold, until [`is_empty`](Self::is_empty) and no poll is going
///    on. A task whose first poll comes after the closing is cancelled instead of polled.
///
/// ```
/// use plies_task::{Cause, Outcome, Registry, Runnable, Schedule, spawn};
/// use std::sync::{Arc, Mutex};
///
/// #[derive(Default)]
/// struct Executor {
///     registry: Registry,
///     queue: Mutex<Vec<Runnable>>,
/// }
///
/// #[derive(Clone, Default)]
/// struct Handle(Arc<Executor>);
///
/// impl Schedule for Handle {
///     fn schedule(&self, task: Runnable, _cause: Cause) {
///         self.0.queue.lock().unwrap().push(task);
///     }
///     fn registry(&self) -> Option<&Registry> {
///         Some(&self.0.registry)
///     }
/// }
///
/// let executor = Handle::default();
/// let (runnable, handle) = spawn(std::future::pending::<()>(), executor.clone());
/// assert_eq!(runnable.run(), Outcome::Pending);
/// assert_eq!(executor.0.registry.len(), 1);
///
/// executor.0.registry.close_and_cancel_all();
/// let task = executor.0.queue.lock().unwrap().pop().unwrap();
/// assert_eq!(task.run(), Outcome::Cancelled);
/// assert!(handle.is_finished() && executor.0.registry.is_empty());
/// ```
pub struct Registry<M = ()> {
    /// A power of two of them.
    shards: Box<[Shard]>,
    closed: AtomicBool,
    metadata: PhantomData<fn(M) -> M>,
}

/// Shards of [`Registry::new`]: enough for the cores of most machines.
const SHARDS: usize = 16;

impl<M: Send + Sync + 'static> Registry<M> {
    /// An open registry without tasks, in 16 shards.
    pub fn new() -> Self {
        Self::with_shards(SHARDS)
    }

    /// An open registry without tasks, in as many shards as the next power of two above `shards`,
    /// and one at least. A shard takes 128 bytes. One for each core is a good number.
    pub fn with_shards(shards: usize) -> Self {
        let count = shards.clamp(1, 1 << 16).next_power_of_two();
        Self {
            shards: (0..count).map(|_| Shard::new()).collect(),
            closed: AtomicBool::new(false),
            metadata: PhantomData,
        }
    }

    /// Has [`close_and_cancel_all`](Self::close_and_cancel_all) been called?
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Registered tasks. Those of other threads may come and go while it counts.
    pub fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.list.lock().len())
            .sum()
    }

    /// Is no task registered? As [`len`](Self::len) counts.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Refuses tasks from now on, cancels every registered one, and returns how many those were.
    ///
    /// Idle tasks are handed to their schedulers, on this thread, to be dropped there. A second
    /// call finds the tasks that the first one cancelled and that have not ended yet.
    pub fn close_and_cancel_all(&self) -> usize {
        self.closed.store(true, Ordering::Release);
        self.shards
            .iter()
            .map(|shard| self.close_shard(shard))
            .sum()
    }

    fn close_shard(&self, shard: &Shard) -> usize {
        let mut idle = Vec::new();
        let mut list = shard.list.lock();
        list.close();
        let cancelled = list.len();
        for header in list.iter() {
            // SAFETY: a listed cell is alive, and cannot leave the list while it is locked.
            let next = unsafe { header.as_ref().state.cancel() };
            if next == Next::Schedule {
                // SAFETY: the change of the word has made it ours. Its metadata is an `M`: its
                // scheduler is a `Schedule<M>`, or it would not have this registry.
                idle.push(unsafe { Runnable::<M>::from_header(header) });
            }
        }
        drop(list);
        for runnable in idle {
            runnable.schedule_as(crate::Cause::Woken);
        }
        cancelled
    }

    /// Calls `visit` with each registered task, while all of them go on.
    ///
    /// What it sees of a task is from the moment of the call. A task that comes or goes
    /// meanwhile may be seen or not.
    pub fn for_each(&self, mut visit: impl FnMut(&TaskInfo<M>)) {
        for shard in &self.shards {
            let list = shard.list.lock();
            // SAFETY: a listed cell is alive, and its metadata is an `M`, as in `close_shard`.
            let tasks = list.iter().map(|header| unsafe { TaskInfo::new(header) });
            let tasks: Vec<TaskInfo<M>> = tasks.collect();
            drop(list);
            tasks.iter().for_each(&mut visit);
        }
    }

    /// Enters a task; `false` if the registry is closed.
    ///
    /// # Safety
    ///
    /// The caller holds the task's `Runnable` and has not entered it before. The registry stays
    /// where it is until the task has [left](Link::leave). The task's metadata is an `M`.
    pub(crate) unsafe fn insert(&self, header: NonNull<Header>) -> bool {
        // SAFETY: the `Runnable` keeps the cell alive.
        let id = unsafe { header.as_ref().id };
        let shard = &self.shards[thread::number(id) & (self.shards.len() - 1)];
        let mut list = shard.list.lock();
        if list.is_closed() && !planted(Mutant::RegistryInsertsWhenClosed) {
            return false;
        }
        // SAFETY: passed on from the caller, and the list is locked.
        unsafe { list.push(header, shard) };
        true
    }
}

/// Numbers for threads, so that each has a shard of its own while there are enough.
#[cfg(feature = "std")]
mod thread {
    use crate::Id;
    use core::cell::Cell;
    use core::sync::atomic::{AtomicUsize, Ordering};

    static NUMBERS: AtomicUsize = AtomicUsize::new(1);

    std::thread_local! {
        /// 0 is none yet.
        static NUMBER: Cell<usize> = const { Cell::new(0) };
    }

    #[inline]
    pub(super) fn number(_: Id) -> usize {
        NUMBER.with(|number| match number.get() {
            0 => choose(number),
            chosen => chosen,
        })
    }

    #[cold]
    fn choose(number: &Cell<usize>) -> usize {
        // Relaxed: only the number matters.
        number.set(NUMBERS.fetch_add(1, Ordering::Relaxed));
        number.get()
    }
}

/// Without threads to tell apart, 1,024 successive ids share a shard.
#[cfg(not(feature = "std"))]
mod thread {
    use crate::Id;

    pub(super) fn number(id: Id) -> usize {
        (id.get() >> 10) as usize
    }
}

impl<M: Send + Sync + 'static> Default for Registry<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> fmt::Debug for Registry<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks: usize = self
            .shards
            .iter()
            .map(|shard| shard.list.lock().len())
            .sum();
        f.debug_struct("Registry")
            .field("tasks", &tasks)
            .field("shards", &self.shards.len())
            .field("closed", &self.closed.load(Ordering::Acquire))
            .finish()
    }
}

#[cfg(all(test, feature = "std", not(any(plies_loom, plies_shuttle))))]
mod tests {
    use super::*;
    use crate::{Cause, Outcome, Schedule, spawn};
    use std::sync::{Arc, Mutex};
    use std::task::Poll;

    #[derive(Clone, Default)]
    struct Executor(Arc<(Registry, Mutex<Vec<Runnable>>)>);

    impl Schedule for Executor {
        fn schedule(&self, task: Runnable, _: Cause) {
            self.0.1.lock().unwrap().push(task);
        }

        fn registry(&self) -> Option<&Registry> {
            Some(&self.0.0)
        }
    }

    /// Entered twice, a task would be found twice, and leave once.
    #[test]
    fn a_task_enters_once_though_its_polls_are_counted_anew() {
        let executor = Executor::default();
        let pop = || executor.0.1.lock().unwrap().pop().unwrap();
        let forever = std::future::poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        let (runnable, handle) = spawn(forever, executor.clone());
        assert_eq!(runnable.run(), Outcome::Yielded);
        let runnable = pop();
        let header = runnable.into_raw();
        // SAFETY: the pointer is a cell's, and the `Runnable` that it was is made of it again.
        let runnable: Runnable = unsafe {
            header.cast::<Header>().as_ref().polls.wind_on();
            Runnable::<()>::from_raw(header)
        };
        assert_eq!(runnable.run(), Outcome::Yielded);
        for polls in [1, 2] {
            assert_eq!(pop().run(), Outcome::Yielded);
            executor
                .0
                .0
                .for_each(|task| assert_eq!(task.polls(), polls));
            assert_eq!(executor.0.0.len(), 1);
        }
        handle.abort();
        assert_eq!(pop().run(), Outcome::Cancelled);
        assert!(executor.0.0.is_empty());
    }
}
