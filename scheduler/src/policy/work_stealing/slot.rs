//! The half of a worker's queue that others reach.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crossbeam_utils::CachePadded;

use crate::policy::deque::Stealer;
use crate::policy::lifo_slot::LifoSlot;
use crate::scheduler::QueueStats;
use crate::{Runnable, WorkerId};

pub(super) struct Slot {
    pub(super) worker: WorkerId,
    pub(super) stealer: Stealer<Runnable>,
    pub(super) lifo: CachePadded<LifoSlot>,
    owner: CachePadded<OwnerCounters>,
}

/// Written by the owner alone, with plain loads and stores.
#[derive(Default)]
struct OwnerCounters {
    // Counts the owner's calls of `next`: one that stands still is in one long poll.
    tick: AtomicU32,
    lifo_hits: AtomicU64,
    overflows: AtomicU64,
}

impl Slot {
    pub(super) fn new(worker: WorkerId, stealer: Stealer<Runnable>) -> Self {
        Slot {
            worker,
            stealer,
            lifo: CachePadded::new(LifoSlot::new()),
            owner: CachePadded::default(),
        }
    }

    /// Counts a call of the owner's `next` where thieves see it; returns how many there were.
    #[inline]
    pub(super) fn advance(&self) -> u32 {
        let tick = self.tick().wrapping_add(1);
        self.owner.tick.store(tick, Ordering::Relaxed);
        tick
    }

    #[inline]
    fn tick(&self) -> u32 {
        self.owner.tick.load(Ordering::Relaxed)
    }

    /// The owner takes the task in its LIFO slot.
    #[inline]
    pub(super) fn take_own_lifo(&self) -> Option<Runnable> {
        let task = self.lifo.take()?;
        bump(&self.owner.lifo_hits);
        Some(task)
    }

    /// How often the owner has.
    #[inline]
    pub(super) fn lifo_hits(&self) -> u64 {
        self.owner.lifo_hits.load(Ordering::Relaxed)
    }

    /// The owner's deque was full.
    pub(super) fn count_overflow(&self) {
        bump(&self.owner.overflows);
    }

    /// How many tasks wait here.
    pub(super) fn depth(&self) -> usize {
        self.stealer.len() + usize::from(!self.lifo.is_empty())
    }

    pub(super) fn stats(&self) -> QueueStats {
        QueueStats {
            depth: self.depth(),
            lifo_hits: self.lifo_hits(),
            overflows: self.owner.overflows.load(Ordering::Relaxed),
        }
    }
}

/// Adds one to a counter that only this thread writes.
#[inline]
fn bump(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// What a thief remembers of the others, by their indices: their ticks when it last looked.
#[derive(Default)]
pub(super) struct Seen(Vec<Option<u32>>);

impl Seen {
    /// Has the owner of this slot polled anything new since the last look? Also at the first one.
    pub(super) fn has_moved(&mut self, index: usize, slot: &Slot) -> bool {
        let tick = Some(slot.tick());
        if self.0.len() <= index {
            self.0.resize(index + 1, None);
        }
        std::mem::replace(&mut self.0[index], tick) != tick
    }
}
