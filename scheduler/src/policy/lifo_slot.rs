//! The LIFO slot: the task that its worker polls next, which a thief may take all the same.
//!
//! One word, a task pointer or null. Only the owner fills it; anyone may empty it.
//!
//! | transition | by | ordering | publishes |
//! |---|---|---|---|
//! | null → task | owner, plain store | Release | the task's state to whoever takes it |
//! | task → other task | owner, swap | AcqRel | the new task; the old one comes back to the owner |
//! | task → null | owner or thief, swap | Acquire | – |
//!
//! Since nobody else fills the slot, the owner that reads null knows that it stays null: an empty
//! slot costs one relaxed load and a store to fill, and only a full one costs an RMW.
//!
//! Under loom an empty slot is filled by a swap too. A thief's swap that finds null and writes null
//! may fall between the owner's load and its store; the language orders it before the store, since
//! an RMW follows what it read at once, and loom does not.

use std::ptr::{self, NonNull};

use plies_shim::sync::atomic::{AtomicPtr, Ordering};

use crate::Runnable;
use crate::mutants::{Mutant, planted};

pub(crate) struct LifoSlot {
    task: AtomicPtr<()>,
}

impl LifoSlot {
    pub(crate) fn new() -> Self {
        LifoSlot {
            task: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Fills the slot and returns the task that it displaces. Called by the owner only: a second
    /// thread that puts could lose a task.
    #[inline]
    pub(crate) fn put(&self, task: Runnable) -> Option<Runnable> {
        let task = task.into_raw().as_ptr();
        if !cfg!(plies_loom) && self.is_empty() {
            self.task.store(task, Ordering::Release);
            return None;
        }
        let order = match planted(Mutant::LifoDoesNotPublish) {
            true => Ordering::Acquire,
            false => Ordering::AcqRel,
        };
        let displaced = Self::from_slot(self.task.swap(task, order));
        if planted(Mutant::LifoPutForgets) {
            return None;
        }
        displaced
    }

    /// Empties the slot; of several threads that try at once, one gets the task.
    #[inline]
    pub(crate) fn take(&self) -> Option<Runnable> {
        if self.is_empty() {
            return None;
        }
        if planted(Mutant::LifoTakeTears) {
            let task = self.task.load(Ordering::Acquire);
            self.task.store(ptr::null_mut(), Ordering::Relaxed);
            return Self::from_slot(task);
        }
        Self::from_slot(self.task.swap(ptr::null_mut(), Ordering::Acquire))
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.task.load(Ordering::Relaxed).is_null()
    }

    #[inline]
    fn from_slot(task: *mut ()) -> Option<Runnable> {
        // SAFETY: a non-null word came from `into_raw` in `put`, and the swap that returned it took
        // it out of the slot, so that nobody else can make a second `Runnable` of it.
        NonNull::new(task).map(|task| unsafe { Runnable::from_raw(task) })
    }
}

impl Drop for LifoSlot {
    fn drop(&mut self) {
        drop(self.take());
    }
}
