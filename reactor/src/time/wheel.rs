//! The hierarchical timer wheel: which armed timers are due, and when to look again.
//!
//! Twelve levels of 64 slots cover all 64 bits of a nanosecond deadline, so nothing is rounded and
//! nothing overflows. The slots of level 0 are a nanosecond wide, those of level 1 four, and those of
//! each further level 64 times as wide as the level's before: 256 ns, 16 µs, 1 ms, 67 ms and on to 146
//! years. A timer is linked on the level of the highest bit in which its deadline differs from
//! `elapsed`, the time up to which the wheel has run. Three properties follow, and the rest is built
//! on them:
//!
//! 1. Every occupied slot lies after the current slot of its level, in the same turn of that level.
//! 2. All timers of a lower level are due before all timers of a higher one.
//! 3. Timers with one deadline are always in one slot, in the order in which they were armed.
//!
//! As the wheel runs into a slot, its timers move down to where property 1 holds again: at most eleven
//! times, and those of a few milliseconds, which most are, from 1 ms to 16 µs and no further. A slot
//! that is wholly past becomes due as a list, without a look at its timers; that a timer is due is
//! told by its deadline alone.

use std::ptr::NonNull;
use std::task::Waker;

use super::entry::{Entry, Stage};
use super::{NEVER, Nanos};
use crate::list::List;

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// How many of level 0's bits lie below the nanosecond, and are not there.
const BELOW: u32 = 4;
const LEVELS: usize = (Nanos::BITS + BELOW).div_ceil(BITS) as usize;

#[derive(Debug)]
struct Slot {
    timers: List<Entry>,
    /// No timer of the slot is due before this. Exact until the earliest one is cancelled.
    earliest: Nanos,
}

#[derive(Debug)]
struct Level {
    /// Bit `n` is set if `slots[n]` is not empty.
    occupied: u64,
    slots: [Slot; SLOTS],
}

/// Why a level is there.
const HAD_TIMERS: &str = "a level is made for its first timer, and kept";

impl Level {
    #[cold]
    fn new() -> Box<Self> {
        Box::new(Self {
            occupied: 0,
            slots: std::array::from_fn(|_| Slot {
                timers: List::new(),
                earliest: NEVER,
            }),
        })
    }
}

/// The timers of one reactor; every call is made under one lock.
#[derive(Debug)]
pub(crate) struct Wheel {
    elapsed: Nanos,
    /// Bit `n` is set if level `n` has an occupied slot.
    levels_occupied: u32,
    /// Each made for its first timer: a wheel without timers is small and quickly made.
    levels: [Option<Box<Level>>; LEVELS],
    due: List<Entry>,
}

impl Wheel {
    /// A wheel that has run up to `now`.
    pub(crate) fn new(now: Nanos) -> Self {
        Self {
            elapsed: now,
            levels_occupied: 0,
            levels: [const { None }; LEVELS],
            due: List::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.levels_occupied == 0 && self.due.is_empty()
    }

    /// Links `entry` for its deadline; one that is past already makes it due at once.
    ///
    /// # Safety
    ///
    /// `entry` is live, linked nowhere, and stays in place until it is removed or taken as due.
    #[inline]
    pub(crate) unsafe fn insert(&mut self, entry: NonNull<Entry>, waker: Waker) {
        // SAFETY: the caller holds this wheel's lock; the entry is live.
        let previous = unsafe { entry.as_ref().waker(|slot| slot.replace(waker)) };
        debug_assert!(previous.is_none(), "an idle timer keeps no waker");
        // SAFETY: live and linked nowhere, by this function's contract.
        unsafe { self.link(entry) };
        // SAFETY: live.
        unsafe { entry.as_ref() }.set_stage(Stage::Armed);
    }

    /// Unlinks `entry` and gives back its waker.
    ///
    /// # Safety
    ///
    /// `entry` is linked in this wheel.
    #[inline]
    pub(crate) unsafe fn remove(&mut self, entry: NonNull<Entry>) -> Waker {
        // SAFETY: linked, so live; the caller holds this wheel's lock.
        let (deadline, place, waker) = unsafe {
            let entry = entry.as_ref();
            (entry.deadline(), entry.place(), entry.waker(Option::take))
        };
        if deadline <= self.elapsed {
            // SAFETY: whatever lies behind `elapsed` is due.
            unsafe { self.due.remove(entry) };
        } else {
            let (level, slot) = split(place);
            // SAFETY: whatever lies ahead is on the slot that its place says.
            unsafe { self.level_mut(level).slots[slot].timers.remove(entry) };
            self.vacated(level, slot);
        }
        // SAFETY: live.
        unsafe { entry.as_ref() }.set_stage(Stage::Idle);
        waker.expect("an armed timer has a waker")
    }

    /// A time before which no timer is due, or `NEVER` if none is armed.
    ///
    /// It is the deadline of the first timer, unless one that was due before it was cancelled.
    pub(crate) fn next(&self) -> Nanos {
        if !self.due.is_empty() {
            return self.elapsed;
        }
        self.first_slot().map_or(NEVER, |(level, slot)| {
            self.level(level).slots[slot].earliest
        })
    }

    /// Runs the wheel up to `now`: every timer with a deadline up to then becomes due.
    pub(crate) fn advance(&mut self, now: Nanos) {
        while let Some((level, slot)) = self.first_slot() {
            let start = self.start_of(level, slot);
            if start > now {
                break;
            }
            let end = start + (width(level) - 1);
            let mut timers = self.level_mut(level).slots[slot].timers.take();
            self.vacated(level, slot);
            // Up to its end, or inside it: whatever is on other slots is due later than that.
            self.elapsed = end.min(now);
            if end <= now {
                self.due.append(timers);
                continue;
            }
            while let Some(entry) = timers.pop_front() {
                // SAFETY: just unlinked and not yet free, since its owner needs the lock for that.
                unsafe { self.link(entry) };
            }
        }
        self.elapsed = self.elapsed.max(now);
    }

    /// Takes the next due timer and its waker, and sets its stage. It may be freed once the lock
    /// is released.
    pub(crate) fn pop_due(&mut self, stage: Stage) -> Option<Waker> {
        let entry = self.due.pop_front()?;
        // SAFETY: it was linked, so its owner has not freed it; the caller holds the lock.
        let entry = unsafe { entry.as_ref() };
        // SAFETY: as above.
        let waker = unsafe { entry.waker(Option::take) };
        entry.set_stage(stage);
        Some(waker.expect("an armed timer has a waker"))
    }

    /// A level that has, or had, a timer.
    #[inline]
    fn level(&self, index: usize) -> &Level {
        self.levels[index].as_deref().expect(HAD_TIMERS)
    }

    #[inline]
    fn level_mut(&mut self, index: usize) -> &mut Level {
        self.levels[index].as_deref_mut().expect(HAD_TIMERS)
    }

    /// The occupied slot that the wheel runs into next.
    fn first_slot(&self) -> Option<(usize, usize)> {
        if self.levels_occupied == 0 {
            return None;
        }
        let level = self.levels_occupied.trailing_zeros() as usize;
        Some((level, self.level(level).occupied.trailing_zeros() as usize))
    }

    /// The first instant of a slot that lies ahead.
    fn start_of(&self, level: usize, slot: usize) -> Nanos {
        let shift = shift(level);
        let turn = self.elapsed.checked_shr(shift + BITS).unwrap_or(0);
        (turn.checked_shl(BITS).unwrap_or(0) | slot as Nanos) << shift
    }

    /// # Safety
    ///
    /// `entry` is live and linked nowhere.
    #[inline]
    unsafe fn link(&mut self, entry: NonNull<Entry>) {
        // SAFETY: live, and the caller holds the lock.
        let deadline = unsafe { entry.as_ref().deadline() };
        if deadline <= self.elapsed {
            // SAFETY: by this function's contract.
            unsafe { self.due.push_back(entry) };
            return;
        }
        let (index, slot) = place(self.elapsed, deadline);
        // SAFETY: live, and the caller holds the lock.
        unsafe { entry.as_ref().set_place(joined(index, slot)) };
        self.levels_occupied |= 1 << index;
        let level = self.levels[index].get_or_insert_with(Level::new);
        level.occupied |= 1 << slot;
        let slot = &mut level.slots[slot];
        slot.earliest = deadline.min(slot.earliest);
        // SAFETY: by this function's contract.
        unsafe { slot.timers.push_back(entry) };
    }

    /// Notes that a timer, or all of them, have left a slot.
    #[inline]
    fn vacated(&mut self, index: usize, slot: usize) {
        let level = self.level_mut(index);
        if level.slots[slot].timers.is_empty() {
            level.slots[slot].earliest = NEVER;
            level.occupied &= !(1 << slot);
            if level.occupied == 0 {
                self.levels_occupied &= !(1 << index);
            }
        }
    }
}

/// The level and slot of a deadline that lies ahead of `elapsed`.
#[inline]
fn place(elapsed: Nanos, deadline: Nanos) -> (usize, usize) {
    let level = (((elapsed ^ deadline).ilog2() + BELOW) / BITS) as usize;
    let slot = (deadline >> shift(level)) as usize % SLOTS;
    (level, slot)
}

/// A place as an entry keeps it.
#[inline]
fn joined(level: usize, slot: usize) -> u16 {
    (level * SLOTS + slot) as u16
}

/// The level and slot of such a place.
#[inline]
fn split(place: u16) -> (usize, usize) {
    (place as usize / SLOTS, place as usize % SLOTS)
}

/// How many nanoseconds a slot of `level` spans.
#[inline]
fn width(level: usize) -> Nanos {
    1 << shift(level)
}

/// The lowest bit of a deadline that a slot of `level` is told by.
#[inline]
fn shift(level: usize) -> u32 {
    (level as u32 * BITS).saturating_sub(BELOW)
}
