//! A scheduler with a choice of mistakes, for the kit to find.

use std::collections::VecDeque;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicPtr, Ordering};
use plies_task::Cause;

use crate::policy::WorkerTable;
use crate::{Runnable, Scheduler, WorkerId};

/// Tasks that a worker's own queue holds before further ones go to the injector.
const CAPACITY: usize = 64;
/// Polls in a row from the LIFO slot.
const LIFO_LIMIT: u32 = 3;
/// Polls between two looks into the injector.
const INJECTOR_INTERVAL: u32 = 8;
/// Polls in a row that may pass the low class over.
const AGEING: u32 = 4;

/// A small scheduler with everything in it that can go wrong: two classes with ageing, a LIFO slot,
/// a bounded queue that overflows, an injector, stealing. Sound, or with one [`Flaw`].
///
/// It is there to show that the kit finds the flaws; for work, take another one.
///
/// # Examples
///
/// ```
/// use plies_scheduler::conformance::Specimen;
///
/// plies_scheduler::conformance!(Specimen::sound);
/// # fn main() {}
/// ```
pub struct Specimen {
    flaw: Option<Flaw>,
    injector: Mutex<VecDeque<Runnable>>,
    slots: WorkerTable<Arc<Slot>>,
}

/// What is wrong with a [`Specimen`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flaw {
    /// Drops a task that does not fit a worker's own queue.
    LosesOnOverflow,
    /// Polls from the LIFO slot as long as there is something in it.
    StarvesForLifo,
    /// Looks into the injector only when it has nothing else.
    ForgetsInjector,
    /// A thief takes the task in a LIFO slot, and leaves it there.
    TakesTwice,
    /// `has_ready` overlooks an injected task if there is only one.
    HasReadyLies,
    /// `has_ready` is always true.
    NeverRests,
    /// The low class starts to wait anew whenever a task joins the high one.
    AgesWrongly,
    /// Nobody can steal, and it does not say so.
    KeepsToItself,
    /// Says that it is pinned, and steals.
    MovesPinned,
    /// Dropped, it forgets the injected tasks.
    ForgetsAtTheEnd,
    /// A thief looks at the LIFO slot and empties it in two steps.
    TearsOnSteal,
    /// Takes the injector away to take from it, and puts it back over what arrived meanwhile.
    TearsOnFetch,
    /// A task in the LIFO slot is handed over without what was written before.
    HandsOverUnpublished,
}

/// What others reach of a worker's queue.
struct Slot {
    lifo: AtomicPtr<()>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    high: VecDeque<Runnable>,
    low: VecDeque<Runnable>,
    // Polls in a row that passed over the low class.
    passed: u32,
}

/// What a worker keeps to itself.
pub struct SpecimenLocal {
    worker: WorkerId,
    slot: Arc<Slot>,
    lifo_run: u32,
    until_injector: u32,
}

impl Queue {
    fn len(&self) -> usize {
        self.high.len() + self.low.len()
    }

    fn push(&mut self, task: Runnable, flaw: Option<Flaw>) {
        if task.metadata().class() != 0 {
            return self.low.push_back(task);
        }
        self.high.push_back(task);
        if flaw == Some(Flaw::AgesWrongly) {
            self.passed = 0;
        }
    }

    fn pop(&mut self) -> Option<Runnable> {
        let overdue = self.passed >= AGEING && !self.low.is_empty();
        if !overdue && let Some(task) = self.high.pop_front() {
            self.passed += 1;
            return Some(task);
        }
        self.passed = 0;
        self.low.pop_front()
    }
}

impl Slot {
    fn put(&self, task: Runnable, flaw: Option<Flaw>) -> Option<Runnable> {
        let order = match flaw {
            Some(Flaw::HandsOverUnpublished) => Ordering::Relaxed,
            _ => Ordering::AcqRel,
        };
        from_slot(self.lifo.swap(task.into_raw().as_ptr(), order))
    }

    fn take(&self) -> Option<Runnable> {
        from_slot(self.lifo.swap(ptr::null_mut(), Ordering::AcqRel))
    }

    fn steal(&self, flaw: Option<Flaw>) -> Option<Runnable> {
        match flaw {
            Some(Flaw::TakesTwice) => from_slot(self.lifo.load(Ordering::Acquire)),
            Some(Flaw::TearsOnSteal) => {
                let task = self.lifo.load(Ordering::Acquire);
                self.lifo.store(ptr::null_mut(), Ordering::Release);
                from_slot(task)
            }
            _ => self.take(),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.take());
    }
}

fn from_slot(task: *mut ()) -> Option<Runnable> {
    // SAFETY: a non-null word came from `into_raw` in `put`, and who swapped it out is the only one
    // to have it. The two flaws that break this make a second `Runnable`: the kit tells by its
    // address that the ledger knows it to be out, never uses it, and leaks the scheduler.
    NonNull::new(task).map(|task| unsafe { Runnable::from_raw(task) })
}

impl Specimen {
    /// Without a flaw.
    pub fn sound() -> Self {
        Self::make(None)
    }

    /// With this flaw.
    pub fn with(flaw: Flaw) -> Self {
        Self::make(Some(flaw))
    }

    fn make(flaw: Option<Flaw>) -> Self {
        Specimen {
            flaw,
            injector: Mutex::new(VecDeque::new()),
            slots: WorkerTable::new(),
        }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn enqueue(&self, slot: &Slot, task: Runnable) {
        let mut queue = slot.queue.lock();
        if queue.len() < CAPACITY {
            return queue.push(task, self.flaw);
        }
        drop(queue);
        if !self.has(Flaw::LosesOnOverflow) {
            self.injector.lock().push_back(task);
        }
    }

    fn take_injected(&self) -> Option<Runnable> {
        if self.has(Flaw::TearsOnFetch) {
            let mut tasks = std::mem::take(&mut *self.injector.lock());
            let task = tasks.pop_front();
            *self.injector.lock() = tasks;
            return task;
        }
        self.injector.lock().pop_front()
    }
}

impl Scheduler for Specimen {
    type Local = SpecimenLocal;

    fn attach(&self, worker: WorkerId) -> SpecimenLocal {
        let slot = Arc::new(Slot {
            lifo: AtomicPtr::new(ptr::null_mut()),
            queue: Mutex::new(Queue::default()),
        });
        self.slots.set(worker, slot.clone());
        SpecimenLocal {
            worker,
            slot,
            lifo_run: 0,
            until_injector: INJECTOR_INTERVAL,
        }
    }

    fn push(&self, local: &mut SpecimenLocal, task: Runnable, cause: Cause) {
        if matches!(cause, Cause::Yielded) {
            self.enqueue(&local.slot, task);
        } else if let Some(displaced) = local.slot.put(task, self.flaw) {
            self.enqueue(&local.slot, displaced);
        }
    }

    fn inject(&self, task: Runnable, _: Cause) {
        self.injector.lock().push_back(task);
    }

    fn next(&self, local: &mut SpecimenLocal) -> Option<Runnable> {
        local.until_injector -= 1;
        if local.until_injector == 0 {
            local.until_injector = INJECTOR_INTERVAL;
            if !self.has(Flaw::ForgetsInjector)
                && let Some(task) = self.take_injected()
            {
                return Some(task);
            }
        }
        if (local.lifo_run < LIFO_LIMIT || self.has(Flaw::StarvesForLifo))
            && let Some(task) = local.slot.take()
        {
            local.lifo_run += 1;
            return Some(task);
        }
        local.lifo_run = 0;
        let own = local.slot.queue.lock().pop();
        own.or_else(|| local.slot.take())
            .or_else(|| self.take_injected())
    }

    fn steal(&self, local: &mut SpecimenLocal) -> Option<Runnable> {
        if self.has(Flaw::KeepsToItself) {
            return None;
        }
        let victims = || self.slots.around(0, local.worker).map(|(_, slot)| slot);
        let stolen = victims().find_map(|victim| victim.queue.lock().pop());
        stolen.or_else(|| victims().find_map(|victim| victim.steal(self.flaw)))
    }

    fn has_ready(&self) -> bool {
        let injected = self.injector.lock().len();
        let overlooked = usize::from(self.has(Flaw::HasReadyLies));
        injected > overlooked
            || self.slots.iter().any(|slot| slot.queue.lock().len() > 0)
            || self.has(Flaw::NeverRests)
    }

    fn pinned(&self) -> bool {
        self.has(Flaw::MovesPinned)
    }

    fn bound(&self, ready: usize) -> Option<usize> {
        // A task's turn comes once in `AGEING + 1` polls from the queue; of those there is one in
        // `LIFO_LIMIT + 1`, but for the polls from the injector.
        let turn = (AGEING + 1) * (LIFO_LIMIT + 1) * 2;
        Some((ready + 1) * turn as usize)
    }
}

impl Drop for Specimen {
    fn drop(&mut self) {
        if self.has(Flaw::ForgetsAtTheEnd) {
            std::mem::forget(std::mem::take(&mut *self.injector.lock()));
        }
    }
}
