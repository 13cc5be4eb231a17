//! The half of a worker's queue that others reach.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;

use crate::policy::deque::Stealer;
use crate::policy::lifo_slot::LifoSlot;
use crate::scheduler::QueueStats;
use crate::{Runnable, WorkerId};

/// An owner that has emptied its deque within its last so many polls, and has fewer tasks there now,
/// may be about to empty it again.
const WINDOW: usize = 128;

/// For how long a thief watches such an owner: about as long as it takes to move a task, with the cache
/// lines that the owner and the task then miss.
const PATIENCE: Duration = Duration::from_micros(5);

/// A poll that takes this long is worth a thief's while.
const LONG_POLL: Duration = Duration::from_micros(1);

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
    // What that was when the owner last found its deque empty.
    emptied: AtomicU32,
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
    pub(super) fn tick(&self) -> u32 {
        self.owner.tick.load(Ordering::Relaxed)
    }

    /// The owner found its deque empty.
    #[inline]
    pub(super) fn note_emptied(&self) {
        self.owner.emptied.store(self.tick(), Ordering::Relaxed);
    }

    fn emptied(&self) -> u32 {
        self.owner.emptied.load(Ordering::Relaxed)
    }

    /// Has the owner been through its deque within its last polls, and may be again soon?
    pub(super) fn keeps_up(&self) -> bool {
        let since = self.tick().wrapping_sub(self.emptied());
        (since as usize) < WINDOW && self.stealer.len() < WINDOW
    }

    /// Does the owner get through its deque within a few microseconds? Watches it for as long, unless it
    /// is in a long poll. `pause` rests for a moment and says what time it is.
    pub(super) fn is_emptied_soon(&self, mut pause: impl FnMut() -> Instant) -> bool {
        if !self.keeps_up() {
            return false;
        }
        let (mut tick, emptied) = (self.tick(), self.emptied());
        let began = pause();
        let (mut now, mut moved) = (began, began);
        while now - began < PATIENCE && now - moved < LONG_POLL {
            if self.emptied() != emptied {
                return true;
            }
            if self.tick() != tick {
                (tick, moved) = (self.tick(), now);
            }
            now = pause();
        }
        false
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

/// How long a worker's polls take: where it was when it was last asked.
pub(super) struct Pace {
    at: Instant,
    tick: u32,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Pace { at: now, tick: 0 }
    }

    /// Did the polls up to `tick` take less than a long one each, since the last question? What the
    /// worker slept meanwhile counts as polls do.
    pub(super) fn is_quick(&mut self, now: Instant, tick: u32) -> bool {
        let polls = tick.wrapping_sub(self.tick);
        let took = now - self.at;
        (self.at, self.tick) = (now, tick);
        took < LONG_POLL * polls
    }
}

#[cfg(all(test, not(any(plies_loom, plies_shuttle))))]
mod tests {
    use super::*;
    use crate::policy::deque::Deque;

    /// A slot whose deque has so many tasks, and that was empty `polls` polls ago.
    fn slot(tasks: usize, polls: usize) -> (Deque<Runnable>, Slot) {
        let deque = Deque::new_fifo();
        let slot = Slot::new(WorkerId::new(0), deque.stealer());
        slot.note_emptied();
        for _ in 0..tasks {
            deque.push(
                plies_task::Builder::new()
                    .metadata(Default::default())
                    .spawn(async {}, Never)
                    .0,
            );
        }
        for _ in 0..polls {
            slot.advance();
        }
        (deque, slot)
    }

    /// The schedule of tasks that are never woken.
    #[derive(Clone)]
    struct Never;

    impl plies_task::Schedule<crate::Attributes> for Never {
        fn schedule(&self, _: Runnable, _: plies_task::Cause) {}
    }

    /// A clock that goes on by half a microsecond at each pause, of which it counts; `act` comes before.
    fn clock(mut act: impl FnMut(u32)) -> impl FnMut() -> Instant {
        let (start, mut pauses) = (Instant::now(), 0);
        move || {
            pauses += 1;
            act(pauses);
            start + LONG_POLL / 2 * pauses
        }
    }

    #[test]
    fn a_deque_that_is_emptied_while_a_thief_watches_is_left() {
        let (_deque, slot) = slot(3, 1);
        assert!(slot.is_emptied_soon(clock(|pauses| {
            slot.advance();
            if pauses == 8 {
                slot.note_emptied();
            }
        })));
    }

    #[test]
    fn one_whose_owner_moves_but_does_not_empty_it_is_not() {
        let (_deque, slot) = slot(3, 1);
        let mut looks = 0;
        assert!(!slot.is_emptied_soon(clock(|pauses| {
            slot.advance();
            looks = pauses;
        })));
        assert!(looks >= 10, "{looks}");
    }

    #[test]
    fn nor_one_whose_owner_is_in_a_long_poll() {
        let (_deque, slot) = slot(3, 1);
        let mut looks = 0;
        assert!(!slot.is_emptied_soon(clock(|pauses| looks = pauses)));
        assert!(looks < 5, "{looks}");
    }

    #[test]
    fn the_pace_is_that_since_the_last_question() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert!(pace.is_quick(start + LONG_POLL * 10, 11));
        assert!(!pace.is_quick(start + LONG_POLL * 20, 21));
        assert!(pace.is_quick(start + LONG_POLL * 21, 23));
        assert!(!pace.is_quick(start + LONG_POLL * 22, 23), "it slept");
    }

    #[test]
    fn one_that_is_long_or_was_not_empty_for_long_is_not_watched() {
        for (tasks, polls) in [(WINDOW, 1), (3, WINDOW)] {
            let (_deque, slot) = slot(tasks, polls);
            assert!(!slot.keeps_up());
            assert!(!slot.is_emptied_soon(|| panic!("a look is not free")));
        }
        let (_deque, slot) = slot(WINDOW - 1, WINDOW - 1);
        assert!(slot.keeps_up());
    }
}
