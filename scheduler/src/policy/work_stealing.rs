//! A queue for each worker, and idle workers that steal: the default.

mod slot;

use std::sync::Arc;
use std::time::Instant;

use plies_task::Cause;

use self::slot::{Pace, Seen, Slot};
use super::deque::{Deque, Injector, Steal};
use super::table::WorkerTable;
use crate::mutants::{Mutant, planted};
use crate::scheduler::QueueStats;
use crate::{Runnable, Scheduler, WorkerId, event};

/// A first-in, first-out deque and a LIFO slot for each worker, and a shared injector.
///
/// - A task that becomes ready on a worker's thread goes into that worker's LIFO slot and moves the
///   one before it to the deque; a task that woke itself goes to the deque's tail.
/// - At most [`lifo_limit`](Self::lifo_limit) polls in a row come from the slot while the deque has
///   tasks.
/// - A busy worker wakes a sleeping one if tasks are injected, if its own deque has not been empty for
///   128 polls or its polls take a microsecond or longer, or if another worker has tasks and is in a
///   long poll.
/// - The injector is looked at every [`injector_interval`](Self::injector_interval) polls, and when
///   the worker has nothing else.
/// - An idle worker steals half a deque, at most [`steal_limit`](Self::steal_limit) tasks; but not from
///   an owner who is seen to empty it within five microseconds, about what it costs to move a task. It
///   then sleeps, for 50 µs at first and a millisecond at most, before it looks again. It takes a LIFO
///   slot last, and only one whose owner has not polled anything new since the thief's
///   previous look: taken eagerly, short handlers would move between cores for nothing.
///
/// **Bound.** With at most R tasks ready, a task waits for about `(lifo_limit + 1) * R` polls of its
/// worker, and before that, if it was injected or overflowed, for `injector_interval` polls for each
/// batch before it in the injector; [`bound`](Scheduler::bound) gives the figure. A worker that has
/// tasks of its own takes batches of half of what its deque got through since the last one, so that
/// with R tasks of its own it serves each of them every `2 * (lifo_limit + 1) * R` polls or so,
/// however many are injected.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{ThreadPool, WorkStealing, block_on};
///
/// let policy = WorkStealing::new().lifo_limit(0).steal_limit(16);
/// let pool = ThreadPool::builder().workers(2).scheduler(policy).build()?;
/// assert_eq!(block_on(pool.handle().spawn(async { 2 + 2 })).unwrap(), 4);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct WorkStealing {
    injector: Injector<Runnable>,
    slots: WorkerTable<Arc<Slot>>,
    options: Options,
}

#[derive(Clone, Copy)]
struct Options {
    lifo_limit: u32,
    injector_interval: u32,
    steal_limit: usize,
    capacity: usize,
}

impl Options {
    /// How many injected tasks a worker takes at once while it has tasks of its own, if the deque
    /// made so many steps since the last time: with half as many new tasks at its tail, it keeps up
    /// with a flood.
    fn busy_batch(&self, steps: u32) -> usize {
        self.steal_limit.min(1 + steps as usize / 2)
    }

    /// The least [`busy_batch`](Self::busy_batch), when the LIFO slot is always full: then the
    /// deque makes one step of `lifo_limit + 1`.
    fn least_busy_batch(&self) -> usize {
        self.busy_batch((self.injector_interval - 1) / (self.lifo_limit.saturating_add(1)))
    }
}

/// The half of a worker's queue that only the worker reaches.
pub struct Local {
    deque: Deque<Runnable>,
    slot: Arc<Slot>,
    // The others as they were when this worker last looked at their LIFO slots.
    seen: Seen,
    // The same, when it last thought of waking another one to help them, and how fast it was itself.
    seen_busy: Seen,
    pace: Pace,
    // The last steal left tasks to owners who are about to reach them.
    spared: bool,
    lifo_run: u32,
    injector_due: u32,
    // LIFO hits at the last look into the injector.
    lifo_hits: u64,
    random: u32,
    // The last look into the injector, with nothing else to do, brought fewer than `FEW` tasks.
    got_few_injected: bool,
}

/// A worker that finds fewer injected tasks than this with its own queue empty has caught up with
/// those who inject.
const FEW: usize = 8;

/// How long it then pauses before it looks again: about a microsecond.
const PAUSES: u32 = 20;

fn pause(loops: u32) {
    for _ in 0..loops {
        std::hint::spin_loop();
    }
}

/// A moment between two looks, which keep the owner's cache lines from it; then what time it is.
fn rest() -> Instant {
    pause(PAUSES / 4);
    Instant::now()
}

impl WorkStealing {
    /// The default options: 3 polls in a row from the LIFO slot, the injector every 61 polls,
    /// batches of up to 32 tasks, deques without a limit.
    pub fn new() -> Self {
        WorkStealing {
            injector: Injector::new(),
            slots: WorkerTable::new(),
            options: Options {
                lifo_limit: 3,
                injector_interval: 61,
                steal_limit: 32,
                capacity: usize::MAX,
            },
        }
    }

    /// Sets how many polls in a row may come from the LIFO slot while other tasks wait; 0 is
    /// without the slot.
    #[must_use]
    pub fn lifo_limit(mut self, polls: u32) -> Self {
        self.options.lifo_limit = polls;
        self
    }

    /// Sets after how many polls a worker looks into the injector; less than 2 counts as 2, so that
    /// a flood of injections leaves polls for the tasks in the worker's own queue.
    #[must_use]
    pub fn injector_interval(mut self, polls: u32) -> Self {
        self.options.injector_interval = polls.max(2);
        self
    }

    /// Sets the most tasks that one steal, or one look into the injector, takes; 0 counts as 1.
    #[must_use]
    pub fn steal_limit(mut self, tasks: usize) -> Self {
        self.options.steal_limit = tasks.max(1);
        self
    }

    /// Sets how many tasks a worker's deque holds before further ones overflow to the injector.
    #[must_use]
    pub fn capacity(mut self, tasks: usize) -> Self {
        self.options.capacity = tasks;
        self
    }

    #[inline]
    fn enqueue(&self, local: &mut Local, task: Runnable) {
        if local.deque.len() < self.options.capacity {
            local.deque.push(task);
        } else {
            local.slot.count_overflow();
            if planted(Mutant::OverflowLosesTask) {
                return drop(task);
            }
            self.injector.push(task);
        }
    }

    /// Takes a batch from the injector: one task to poll, the rest to the own deque.
    fn take_injected(&self, local: &mut Local, limit: usize) -> Option<Runnable> {
        if self.injector.is_empty() {
            return None;
        }
        retry(|| {
            self.injector
                .steal_batch_with_limit_and_pop(&local.deque, limit)
        })
    }

    /// [`take_injected`](Self::take_injected) for a worker that has nothing else to do. One that got
    /// few tasks and is back already is faster than whoever injects, whom each of its looks costs
    /// the injector's cache line: it lets some tasks come together first.
    fn take_injected_when_idle(&self, local: &mut Local) -> Option<Runnable> {
        if std::mem::take(&mut local.got_few_injected) {
            pause(PAUSES);
        }
        let task = self.take_injected(local, self.options.steal_limit)?;
        local.got_few_injected = local.deque.len() < FEW;
        Some(task)
    }

    fn steal_tasks(&self, local: &Local, victim: &Slot) -> Option<Runnable> {
        if victim.stealer.is_empty() {
            return None;
        }
        let limit = self.options.steal_limit;
        let task = retry(|| {
            victim
                .stealer
                .steal_batch_with_limit_and_pop(&local.deque, limit)
        })?;
        if planted(Mutant::StealLosesTask) {
            return None;
        }
        // The own deque was empty before, or this worker would not be stealing.
        event::stolen(victim.worker, 1 + local.deque.len());
        Some(task)
    }
}

impl Local {
    #[inline]
    fn take_lifo(&mut self) -> Option<Runnable> {
        let task = self.slot.take_own_lifo()?;
        self.lifo_run += 1;
        Some(task)
    }

    /// How many of the last `polls` polls were not from the LIFO slot.
    fn steps(&mut self, polls: u32) -> u32 {
        let hits = self.slot.lifo_hits();
        let run = hits - std::mem::replace(&mut self.lifo_hits, hits);
        polls.saturating_sub(run.try_into().unwrap_or(u32::MAX))
    }

    #[inline]
    fn take_fifo(&mut self) -> Option<Runnable> {
        let task = self.deque.pop();
        match task {
            Some(_) => self.lifo_run = 0,
            None => self.slot.note_emptied(),
        }
        task
    }

    /// Takes the victim's LIFO slot if its owner has not moved since the previous look.
    fn steal_lifo(&mut self, index: usize, victim: &Slot) -> Option<Runnable> {
        if self.seen.has_moved(index, victim) {
            return None;
        }
        let task = victim.lifo.take()?;
        event::stolen(victim.worker, 1);
        Some(task)
    }

    /// A xorshift generator: which victim to ask first.
    fn random(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random as usize % below
    }
}

impl Scheduler for WorkStealing {
    type Local = Local;

    fn attach(&self, worker: WorkerId) -> Local {
        let deque = Deque::new_fifo();
        let slot = Arc::new(Slot::new(worker, deque.stealer()));
        self.slots.set(worker, slot.clone());
        Local {
            deque,
            slot,
            seen: Seen::default(),
            seen_busy: Seen::default(),
            pace: Pace::new(Instant::now()),
            spared: false,
            lifo_run: 0,
            injector_due: self.options.injector_interval,
            lifo_hits: 0,
            random: 0x9E37_79B9 ^ (worker.index() as u32 + 1).wrapping_mul(0x85EB_CA6B),
            got_few_injected: false,
        }
    }

    #[inline]
    fn push(&self, local: &mut Local, task: Runnable, cause: Cause) {
        if self.options.lifo_limit == 0 || matches!(cause, Cause::Yielded) {
            self.enqueue(local, task);
        } else if let Some(displaced) = local.slot.lifo.put(task) {
            self.enqueue(local, displaced);
        }
    }

    fn inject(&self, task: Runnable, _: Cause) {
        self.injector.push(task);
    }

    #[inline]
    fn next(&self, local: &mut Local) -> Option<Runnable> {
        let tick = local.slot.advance();
        if tick == local.injector_due {
            local.injector_due = tick.wrapping_add(self.options.injector_interval);
            let steps = local.steps(self.options.injector_interval - 1);
            if let Some(task) = self.take_injected(local, self.options.busy_batch(steps)) {
                return Some(task);
            }
        }
        if local.lifo_run < self.options.lifo_limit
            && let Some(task) = local.take_lifo()
        {
            return Some(task);
        }
        if let Some(task) = local.take_fifo() {
            return Some(task);
        }
        local.lifo_run = 0;
        local
            .take_lifo()
            .or_else(|| self.take_injected_when_idle(local))
    }

    fn steal(&self, local: &mut Local) -> Option<Runnable> {
        let first = local.random(self.slots.end());
        let worker = local.slot.worker;
        let victims = || self.slots.around(first, worker);
        local.spared = false;
        let stolen = victims()
            .filter(|(_, victim)| !victim.keeps_up())
            .find_map(|(_, victim)| self.steal_tasks(local, victim));
        if stolen.is_some() {
            return stolen;
        }
        // One of the others, so that the watch ends in time. The next search begins with another one.
        if let Some((_, victim)) = victims().find(|(_, victim)| !victim.stealer.is_empty()) {
            local.spared = victim.is_emptied_soon(rest);
            if !local.spared
                && let Some(task) = self.steal_tasks(local, victim)
            {
                return Some(task);
            }
        }
        victims().find_map(|(index, victim)| local.steal_lifo(index, victim))
    }

    fn spared(&self, local: &Local) -> bool {
        local.spared
    }

    fn wants_help(&self, local: &mut Local) -> bool {
        let is_quick = local.pace.is_quick(Instant::now(), local.slot.tick());
        let keeps_up = is_quick && local.slot.keeps_up();
        if !self.injector.is_empty() || !keeps_up && !local.slot.stealer.is_empty() {
            return true;
        }
        let mut others = self.slots.around(0, local.slot.worker);
        others.any(|(index, victim)| {
            let keeps_up = victim.keeps_up() && local.seen_busy.has_moved(index, victim);
            !keeps_up && !victim.stealer.is_empty()
        })
    }

    fn vacate(&self, local: &mut Local) -> Vec<Runnable> {
        if planted(Mutant::VacateForgets) {
            return Vec::new();
        }
        let lifo = local.slot.lifo.take();
        let fifo = std::iter::from_fn(|| local.deque.pop());
        lifo.into_iter().chain(fifo).collect()
    }

    fn has_ready(&self) -> bool {
        !self.injector.is_empty() || self.slots.iter().any(|slot| !slot.stealer.is_empty())
    }

    fn bound(&self, ready: usize) -> Option<usize> {
        let Options {
            lifo_limit,
            injector_interval,
            ..
        } = self.options;
        let interval = injector_interval as usize;
        // The injector gives whole batches, but for the ends of its blocks (of 63 tasks) and for
        // its own end, where it gives half of what is left.
        let batch = self.options.least_busy_batch();
        let batches = ready.div_ceil(batch) + ready.div_ceil(31) + 7;
        // Of `interval` polls one is for the injector, of `lifo_limit + 1` others one for the deque.
        let own = (ready + 1) * (lifo_limit as usize + 1);
        Some((batches + 1) * interval + own + own.div_ceil(interval - 1))
    }

    fn injected(&self) -> usize {
        self.injector.len()
    }

    fn queue_stats(&self, worker: WorkerId) -> QueueStats {
        let slot = self.slots.get(worker);
        slot.map(|slot| slot.stats()).unwrap_or_default()
    }

    fn queued(&self) -> Option<usize> {
        let own = self.slots.iter().map(|slot| slot.depth());
        Some(self.injector.len() + own.sum::<usize>())
    }
}

impl Default for WorkStealing {
    fn default() -> Self {
        Self::new()
    }
}

fn retry<T>(mut attempt: impl FnMut() -> Steal<T>) -> Option<T> {
    loop {
        match attempt() {
            Steal::Success(task) => return Some(task),
            Steal::Empty => return None,
            Steal::Retry => std::hint::spin_loop(),
        }
    }
}
