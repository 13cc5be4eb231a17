//! Thread per core: a queue for each worker, and no task ever changes workers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crossbeam_utils::CachePadded;
use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicBool, Ordering};
use plies_task::Cause;

use super::table::WorkerTable;
use crate::scheduler::QueueStats;
use crate::{Runnable, Scheduler, WorkerId};

/// Keeps each task on one worker for life: thread per core.
///
/// A task belongs to the worker that its attributes name, or else to the one that spawned it;
/// spawned from outside, to the next in turn. What becomes ready on that worker's own thread goes
/// into a queue that nobody else touches, without an atomic operation; from any other thread it
/// goes into the worker's inbox, which the worker empties before its next poll.
///
/// Nothing is stolen: a worker that is stuck in one poll keeps its other tasks waiting. A worker
/// that is alone has nobody to steal from, so that this is the default of a
/// [`CurrentThread`](crate::CurrentThread).
///
/// **Bound.** First in, first out: with R tasks always ready on a worker, R at most are polled
/// between two polls of one task.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{Attributes, Pinned, TaskBuilder, ThreadPool, WorkerId, block_on};
///
/// let pool = ThreadPool::builder().workers(2).scheduler(Pinned::new()).build()?;
/// let on_second = || {
///     let attributes = Attributes::new().with_worker(WorkerId::new(1));
///     let task = TaskBuilder::new().attributes(attributes);
///     pool.handle().spawn_with(task, async { std::thread::current().id() })
/// };
/// assert_eq!(block_on(on_second()).unwrap(), block_on(on_second()).unwrap());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Pinned {
    slots: WorkerTable<Arc<Slot>>,
}

/// The part of a worker's queue that others reach.
#[derive(Default)]
struct Slot {
    inbox: CachePadded<Inbox>,
    // How many tasks the worker's own queue holds: written by the worker alone, for the metrics.
    depth: CachePadded<AtomicUsize>,
}

/// Tasks that became ready on other threads.
///
/// `filled` says whether there are any. It changes under the lock only, and publishes nothing: who
/// sees it takes the lock, and who must not miss it has a fence of the executor's in between.
#[derive(Default)]
struct Inbox {
    filled: AtomicBool,
    tasks: Mutex<VecDeque<Runnable>>,
}

impl Inbox {
    fn add(&self, task: Runnable) {
        let mut tasks = self.tasks.lock();
        tasks.push_back(task);
        self.filled.store(true, Ordering::Relaxed);
    }

    #[inline]
    fn is_filled(&self) -> bool {
        self.filled.load(Ordering::Relaxed)
    }

    fn len(&self) -> usize {
        self.tasks.lock().len()
    }

    /// Moves everything to the end of `to`.
    fn empty_into(&self, to: &mut VecDeque<Runnable>) {
        let mut tasks = self.tasks.lock();
        self.filled.store(false, Ordering::Relaxed);
        if to.is_empty() {
            std::mem::swap(to, &mut tasks);
        } else {
            to.append(&mut tasks);
        }
    }
}

/// The part of a worker's queue that only the worker reaches.
pub struct PinnedLocal {
    tasks: VecDeque<Runnable>,
    slot: Arc<Slot>,
}

impl PinnedLocal {
    #[inline]
    fn note_depth(&self) {
        self.slot.depth.store(self.tasks.len(), Ordering::Relaxed);
    }
}

impl Pinned {
    /// A scheduler without workers yet; the executor attaches them.
    pub fn new() -> Self {
        Pinned {
            slots: WorkerTable::new(),
        }
    }
}

impl Default for Pinned {
    fn default() -> Self {
        Self::new()
    }
}

impl Scheduler for Pinned {
    type Local = PinnedLocal;

    fn attach(&self, worker: WorkerId) -> PinnedLocal {
        let slot = Arc::new(Slot::default());
        self.slots.set(worker, slot.clone());
        PinnedLocal {
            tasks: VecDeque::new(),
            slot,
        }
    }

    #[inline]
    fn push(&self, local: &mut PinnedLocal, task: Runnable, _: Cause) {
        local.tasks.push_back(task);
        local.note_depth();
    }

    /// # Panics
    ///
    /// If the task's attributes name no worker that was attached. The executors name one.
    fn inject(&self, task: Runnable, _: Cause) {
        let home = task.metadata().worker();
        match home.and_then(|home| self.slots.get(home)) {
            Some(slot) => slot.inbox.add(task),
            None => panic!(
                "a pinned task names {home:?}, which was not attached: set the worker of its \
                 Attributes"
            ),
        }
    }

    #[inline]
    fn next(&self, local: &mut PinnedLocal) -> Option<Runnable> {
        if local.slot.inbox.is_filled() {
            local.slot.inbox.empty_into(&mut local.tasks);
        }
        let task = local.tasks.pop_front()?;
        local.note_depth();
        Some(task)
    }

    fn has_ready(&self) -> bool {
        self.slots.iter().any(|slot| slot.inbox.is_filled())
    }

    fn has_ready_for(&self, worker: WorkerId) -> bool {
        let slot = self.slots.get(worker);
        slot.is_some_and(|slot| slot.inbox.is_filled())
    }

    fn pinned(&self) -> bool {
        true
    }

    fn bound(&self, ready: usize) -> Option<usize> {
        Some(ready)
    }

    fn injected(&self) -> usize {
        self.slots.iter().map(|slot| slot.inbox.len()).sum()
    }

    fn queue_stats(&self, worker: WorkerId) -> QueueStats {
        let depth = |slot: &Arc<Slot>| slot.depth.load(Ordering::Relaxed);
        QueueStats {
            depth: self.slots.get(worker).map_or(0, depth),
            ..QueueStats::default()
        }
    }

    fn queued(&self) -> Option<usize> {
        let depth = |slot: &Arc<Slot>| slot.depth.load(Ordering::Relaxed);
        Some(self.injected() + self.slots.iter().map(depth).sum::<usize>())
    }
}
