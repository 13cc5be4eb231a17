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

/// What the wheel's lock guards of an entry.
#[derive(Debug)]
pub(crate) struct Guarded {
    pub(crate) deadline: Nanos,
    pub(crate) waker: Option<Waker>,
    /// The slot it is linked on while its deadline lies ahead of the wheel; see `Wheel`.
    pub(crate) place: u16,
}

/// A timer that a wheel can link.
#[derive(Debug)]
pub(crate) struct Entry {
    links: Links<Entry>,
    guarded: UnsafeCell<Guarded>,
    stage: AtomicU8,
}

// SAFETY: `links` and `guarded` are only touched under the lock of the wheel the entry belongs to,
// or by the owner through `&mut` while it is linked nowhere; `Waker` is Send and Sync.
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
    pub(crate) fn new() -> Self {
        Self {
            links: Links::new(),
            guarded: UnsafeCell::new(Guarded {
                deadline: 0,
                waker: None,
                place: 0,
            }),
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

    /// Reads or changes what the lock guards.
    ///
    /// # Safety
    ///
    /// The caller holds the lock of the wheel this entry belongs to, or is the owner of an entry
    /// that is linked nowhere; and `f` does not come back to this entry.
    pub(crate) unsafe fn guarded<R>(&self, f: impl FnOnce(&mut Guarded) -> R) -> R {
        // SAFETY: the caller's lock or ownership excludes every other access.
        self.guarded.with_mut(|guarded| f(unsafe { &mut *guarded }))
    }
}
