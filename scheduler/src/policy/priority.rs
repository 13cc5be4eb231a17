//! Classes of tasks: the highest first, and an ageing bound so that none starves.

use std::collections::VecDeque;
use std::sync::Arc;

use crossbeam_utils::CachePadded;
use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicU32, Ordering};
use plies_task::Cause;

use super::table::WorkerTable;
use crate::scheduler::QueueStats;
use crate::{Attributes, Runnable, Scheduler, WorkerId, event};

/// The most tasks that move between two queues at once.
const BATCH: usize = 32;

/// Polls ready tasks of the highest class first, and each class often enough.
///
/// A task's class is chosen at spawn, with
/// [`Attributes::with_class`](crate::Attributes::with_class); 0 is the highest, and what is past
/// the lowest counts as the lowest. Within a class the order is first in, first out.
///
/// - A worker takes from the highest class that has tasks in its own queue; what was injected joins
///   that queue first.
/// - Before a worker polls a task of a lower class, it steals tasks of a higher one from a worker
///   that has some: half of the victim's tasks of that class, 32 at most.
/// - A class that a worker passed over [`ageing`](Self::ageing) times in a row is polled next, if the
///   worker or another one has tasks of it; of several such classes, the one that has waited longest.
///
/// **Bound.** With N classes, each worker that is busy gives each class that has tasks one of any
/// `ageing + N` polls in a row, so with R tasks always ready none waits for more than
/// `(R + 1) * (ageing + N + 1)` polls.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{Attributes, Priority, TaskBuilder, ThreadPool, block_on};
///
/// let pool = ThreadPool::builder().workers(2).scheduler(Priority::new(3).ageing(20)).build()?;
/// let background = TaskBuilder::new().attributes(Attributes::new().with_class(2));
/// let compaction = pool.handle().spawn_with(background, async { "compacted" });
/// let request = pool.handle().spawn(async { "answered" });
/// assert_eq!(block_on(request).unwrap(), "answered");
/// assert_eq!(block_on(compaction).unwrap(), "compacted");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Priority {
    injector: CachePadded<Classes>,
    slots: WorkerTable<Arc<CachePadded<Classes>>>,
    classes: u8,
    ageing: u32,
}

/// A first-in, first-out queue for each class.
///
/// `ready` tells without the lock which of them have tasks. It is written under the lock only, and
/// publishes nothing: who sees a bit takes the lock, and who must not miss one has a fence of the
/// executor's in between.
///
/// | bit of `ready` | meaning |
/// |---|---|
/// | c | class c has tasks |
struct Classes {
    ready: AtomicU32,
    queues: Mutex<Queues>,
}

struct Queues {
    of_class: Box<[VecDeque<Runnable>]>,
    // What `ready` says: others read it at every poll, and a store that changes nothing would cost
    // each of them a cache miss.
    told: ClassSet,
}

/// The classes that have tasks.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ClassSet(u32);

impl ClassSet {
    fn of(queues: &[VecDeque<Runnable>]) -> Self {
        let bit = |(class, queue): (usize, &VecDeque<_>)| u32::from(!queue.is_empty()) << class;
        ClassSet(queues.iter().enumerate().map(bit).sum())
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn highest(self) -> Option<usize> {
        (self.0 != 0).then(|| self.0.trailing_zeros() as usize)
    }

    fn contains(self, class: usize) -> bool {
        self.0 >> class & 1 != 0
    }

    fn only(self, class: usize) -> ClassSet {
        ClassSet(self.0 & (1 << class))
    }

    fn above(self, class: usize) -> ClassSet {
        ClassSet(self.0 & ((1 << class) - 1))
    }
}

impl Classes {
    fn new(classes: u8) -> Self {
        Classes {
            ready: AtomicU32::new(0),
            queues: Mutex::new(Queues {
                of_class: (0..classes).map(|_| VecDeque::new()).collect(),
                told: ClassSet(0),
            }),
        }
    }

    #[inline]
    fn ready(&self) -> ClassSet {
        ClassSet(self.ready.load(Ordering::Relaxed))
    }

    /// Runs `change` with the lock held, and tells afterwards which classes have tasks.
    #[inline]
    fn change<R>(&self, change: impl FnOnce(&mut [VecDeque<Runnable>]) -> R) -> R {
        let mut queues = self.queues.lock();
        let result = change(&mut queues.of_class);
        let ready = ClassSet::of(&queues.of_class);
        if queues.told != ready {
            queues.told = ready;
            self.ready.store(ready.0, Ordering::Relaxed);
        }
        result
    }

    fn push(&self, class: usize, task: Runnable) {
        self.change(|queues| queues[class].push_back(task));
    }

    fn pop(&self, class: usize) -> Option<Runnable> {
        self.change(|queues| queues[class].pop_front())
    }

    /// Moves half of the tasks of each of `classes` to the end of `to`, [`BATCH`] each at most.
    fn take_share(&self, classes: ClassSet, to: &mut Vec<Runnable>) {
        self.change(|queues| {
            let wanted = |(class, _): &(usize, _)| classes.contains(*class);
            for (_, queue) in queues.iter_mut().enumerate().filter(wanted) {
                let share = queue.len().div_ceil(2).min(BATCH);
                to.extend(queue.drain(..share));
            }
        });
    }

    fn len(&self) -> usize {
        self.queues.lock().of_class.iter().map(VecDeque::len).sum()
    }
}

/// The part of a worker's queue that only the worker reaches.
pub struct PriorityLocal {
    worker: WorkerId,
    own: Arc<CachePadded<Classes>>,
    // For each class: the polls since the last one of it, or since there was found to be no task.
    passed: Box<[u32]>,
    // Tasks on their way from another queue to the own one; empty between calls.
    batch: Vec<Runnable>,
}

impl PriorityLocal {
    /// The class that was passed over too often, or for longest if several were.
    fn overdue(&self, ageing: u32) -> Option<usize> {
        let mut longest = None;
        for (class, passed) in self.passed.iter().enumerate() {
            if *passed >= ageing && longest.is_none_or(|other| *passed > self.passed[other]) {
                longest = Some(class);
            }
        }
        longest
    }

    /// Counts a poll of `polled`.
    fn count(&mut self, polled: usize) {
        for passed in &mut self.passed {
            *passed = passed.saturating_add(1);
        }
        self.passed[polled] = 0;
    }
}

impl Priority {
    /// The most classes that there may be.
    pub const MAX_CLASSES: u8 = 32;

    /// A scheduler of `classes` classes, with an ageing limit of 64.
    ///
    /// # Panics
    ///
    /// If `classes` is 0 or above [`MAX_CLASSES`](Self::MAX_CLASSES).
    #[track_caller]
    pub fn new(classes: u8) -> Self {
        assert!(
            (1..=Self::MAX_CLASSES).contains(&classes),
            "{classes} priority classes: ask for 1 to {}",
            Self::MAX_CLASSES
        );
        Priority {
            injector: CachePadded::new(Classes::new(classes)),
            slots: WorkerTable::new(),
            classes,
            ageing: 64,
        }
    }

    /// Sets how many polls in a row may pass over a class that has tasks; 0 counts as 1.
    ///
    /// A small number gives the lower classes more: each one poll in that many, plus one for each
    /// class.
    #[must_use]
    pub fn ageing(mut self, polls: u32) -> Self {
        self.ageing = polls.max(1);
        self
    }

    fn class_of(&self, attributes: &Attributes) -> usize {
        attributes.class().min(self.classes - 1).into()
    }

    /// Puts the batch into the own queue.
    fn settle(&self, local: &mut PriorityLocal) {
        if local.batch.is_empty() {
            return;
        }
        local.own.change(|queues| {
            for task in local.batch.drain(..) {
                queues[self.class_of(task.metadata())].push_back(task);
            }
        });
    }

    /// Brings injected tasks of every class into the own queue.
    #[inline]
    fn fetch_injected(&self, local: &mut PriorityLocal) {
        let ready = self.injector.ready();
        if !ready.is_empty() {
            self.injector.take_share(ready, &mut local.batch);
            self.settle(local);
        }
    }

    /// Takes tasks of the highest class that another worker has some of, among those `wanted`
    /// keeps: one to poll, the rest to the own queue.
    fn steal_highest(
        &self,
        local: &mut PriorityLocal,
        wanted: impl Fn(ClassSet) -> ClassSet,
    ) -> Option<Runnable> {
        let peers = self.slots.around(local.worker.index(), local.worker);
        let offers = peers.filter_map(|(index, peer)| {
            let class = wanted(peer.ready()).highest()?;
            Some((class, index, peer))
        });
        let (class, index, victim) = offers.min_by_key(|(class, ..)| *class)?;
        victim.take_share(ClassSet(1 << class), &mut local.batch);
        let stolen = local.batch.len();
        if stolen == 0 {
            return None;
        }
        event::stolen(WorkerId::new(index), stolen);
        let task = local.batch.remove(0);
        self.settle(local);
        Some(task)
    }

    /// A task of this class: the worker's own, or else another one's.
    fn take_of(&self, local: &mut PriorityLocal, class: usize) -> Option<Runnable> {
        let own = local.own.ready().contains(class);
        let own = if own { local.own.pop(class) } else { None };
        own.or_else(|| self.steal_highest(local, |peer| peer.only(class)))
    }
}

impl Scheduler for Priority {
    type Local = PriorityLocal;

    fn attach(&self, worker: WorkerId) -> PriorityLocal {
        let own = Arc::new(CachePadded::new(Classes::new(self.classes)));
        self.slots.set(worker, own.clone());
        PriorityLocal {
            worker,
            own,
            passed: (0..self.classes).map(|_| 0).collect(),
            batch: Vec::new(),
        }
    }

    fn push(&self, local: &mut PriorityLocal, task: Runnable, _: Cause) {
        local.own.push(self.class_of(task.metadata()), task);
    }

    fn inject(&self, task: Runnable, _: Cause) {
        self.injector.push(self.class_of(task.metadata()), task);
    }

    fn next(&self, local: &mut PriorityLocal) -> Option<Runnable> {
        self.fetch_injected(local);
        loop {
            let highest = local.own.ready().highest()?;
            let task = match local.overdue(self.ageing) {
                Some(class) => {
                    local.passed[class] = 0;
                    self.take_of(local, class)
                }
                None => self
                    .steal_highest(local, |peer| peer.above(highest))
                    .or_else(|| local.own.pop(highest)),
            };
            // None: a thief was faster, or the class has no tasks; the choice is made again.
            if let Some(task) = task {
                local.count(self.class_of(task.metadata()));
                return Some(task);
            }
        }
    }

    fn steal(&self, local: &mut PriorityLocal) -> Option<Runnable> {
        self.steal_highest(local, |peer| peer)
    }

    fn vacate(&self, local: &mut PriorityLocal) -> Vec<Runnable> {
        local
            .own
            .change(|queues| queues.iter_mut().flat_map(std::mem::take).collect())
    }

    fn has_ready(&self) -> bool {
        !self.injector.ready().is_empty() || self.slots.iter().any(|own| !own.ready().is_empty())
    }

    fn bound(&self, ready: usize) -> Option<usize> {
        let turn = self.ageing as usize + usize::from(self.classes) + 1;
        Some(ready.saturating_add(1).saturating_mul(turn))
    }

    fn injected(&self) -> usize {
        self.injector.len()
    }

    fn queue_stats(&self, worker: WorkerId) -> QueueStats {
        QueueStats {
            depth: self.slots.get(worker).map_or(0, |own| own.len()),
            ..QueueStats::default()
        }
    }

    fn queued(&self) -> Option<usize> {
        let own = self.slots.iter().map(|own| own.len());
        Some(self.injector.len() + own.sum::<usize>())
    }
}
