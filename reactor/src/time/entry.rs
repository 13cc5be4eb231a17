//! One timer: the part of a `Sleep` that a wheel links.

use std::ptr::NonNull;
use std::task::Waker;

use super::Nanos;
use crate::list::{Linked, Links};
use plies_shim::cell::UnsafeCell;
use plies_shim::sync::atomic::{AtomicU8, Ordering};

/// Where a timer is in its life.
///
/// | from | to | by | ordering, and what it publishes |
/// |---|---|---|---|
/// | `Idle` | `Armed` | the owner, under the wheel's lock | release: nothing; the lock does |
/// | `Armed` | `Fired`, `Gone` | the reactor, under the lock | release: what happened before the deadline was found past, to the owner's next poll |
/// | `Armed` | `Idle` | the owner, under the lock | release: nothing |
/// | `Fired`, `Gone` | `Idle` | the owner, by `&mut` | relaxed: the owner alone reads it |
///
/// Only `Armed` entries are linked. The reactor never touches an entry after it has left `Armed`
/// and the lock was released: its owner may free it then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    /// Linked nowhere.
    Idle,
    /// Linked in a wheel, with a waker.
    Armed,
    /// The deadline has passed.
    Fired,
    /// The reactor was shut down before the deadline.
    Gone,
}

/// A timer that a wheel can link.
///
/// Each field is a cell of its own, so that the small ones share a word: the futures of an
/// application hold many of these.
///
/// | field | who writes it | who reads it |
/// |---|---|---|
/// | `links`, `waker`, `place` | whoever holds the wheel's lock | the same |
/// | `deadline` | the owner, and under the lock while the entry is armed | the owner at any time, others under the lock |
/// | `stage` | see [`Stage`] | anybody |
#[derive(Debug)]
pub(crate) struct Entry {
    links: Links<Entry>,
    deadline: UnsafeCell<Nanos>,
    waker: UnsafeCell<Option<Waker>>,
    place: UnsafeCell<u16>,
    stage: AtomicU8,
}

// SAFETY: the table above: the cells are touched under the lock of the wheel that the entry belongs
// to, or by the owner, who shares only the deadline, for reading; `Waker` is Send and Sync.
unsafe impl Send for Entry {}
// SAFETY: as above.
unsafe impl Sync for Entry {}

// SAFETY: always the same field of the entry.
unsafe impl Linked for Entry {
    unsafe fn links(entry: NonNull<Self>) -> NonNull<Links<Self>> {
        // SAFETY: `entry` is live by the trait's contract; no reference is made to it.
        unsafe { NonNull::new_unchecked(&raw mut (*entry.as_ptr()).links) }
    }
}

impl Entry {
    #[inline]
    pub(crate) fn new(deadline: Nanos) -> Self {
        Self {
            links: Links::new(),
            deadline: UnsafeCell::new(deadline),
            waker: UnsafeCell::new(None),
            place: UnsafeCell::new(0),
            stage: AtomicU8::new(Stage::Idle as u8),
        }
    }

    #[inline]
    pub(crate) fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            0 => Stage::Idle,
            1 => Stage::Armed,
            2 => Stage::Fired,
            _ => Stage::Gone,
        }
    }

    #[inline]
    pub(crate) fn set_stage(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
    }

    /// When it is due.
    ///
    /// # Safety
    ///
    /// The caller is the owner, or holds the lock of the wheel this entry belongs to.
    #[inline]
    pub(crate) unsafe fn deadline(&self) -> Nanos {
        // SAFETY: the owner writes it under the lock, or while nobody else knows the entry.
        self.deadline.with(|deadline| unsafe { *deadline })
    }

    /// # Safety
    ///
    /// The caller is the owner, and holds the lock of the wheel that the entry belongs to, or the
    /// entry belongs to none; and it is not linked.
    #[inline]
    pub(crate) unsafe fn set_deadline(&self, to: Nanos) {
        // SAFETY: by this function's contract nobody else reads it.
        self.deadline.with_mut(|deadline| unsafe { *deadline = to });
    }

    /// Reads or changes whom it wakes.
    ///
    /// # Safety
    ///
    /// The caller holds the lock of the wheel this entry belongs to; and `f` does not come back to
    /// this entry.
    #[inline]
    pub(crate) unsafe fn waker<R>(&self, f: impl FnOnce(&mut Option<Waker>) -> R) -> R {
        // SAFETY: the caller's lock excludes every other access.
        self.waker.with_mut(|waker| f(unsafe { &mut *waker }))
    }

    /// The slot it is linked on while its deadline lies ahead of the wheel; see `Wheel`.
    ///
    /// # Safety
    ///
    /// The caller holds the lock of the wheel this entry belongs to.
    #[inline]
    pub(crate) unsafe fn place(&self) -> u16 {
        // SAFETY: it is written under the lock only.
        self.place.with(|place| unsafe { *place })
    }

    /// # Safety
    ///
    /// As [`place`](Self::place).
    #[inline]
    pub(crate) unsafe fn set_place(&self, to: u16) {
        // SAFETY: the caller's lock excludes every other access.
        self.place.with_mut(|place| unsafe { *place = to });
    }
}
