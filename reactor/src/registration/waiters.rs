//! Who waits on a registration: one task for each direction, and a list of futures.

use std::ptr::NonNull;
use std::task::Waker;

use crate::interest::{Direction, Interest, Ready};
use crate::list::{Linked, Links, List};
use crate::planted::{Bug, planted};
use plies_shim::cell::UnsafeCell;

/// What the registration's lock guards.
#[derive(Debug)]
pub(crate) struct Waiters {
    /// The task that polls in each direction; the last one that did.
    read: Option<Waker>,
    write: Option<Waker>,
    /// The futures of `ready()` and its kin, as many as there are.
    futures: List<Waiter>,
}

/// The place of one waiting future; it lives in the future.
#[derive(Debug)]
pub(crate) struct Waiter {
    links: Links<Waiter>,
    guarded: UnsafeCell<Guarded>,
}

#[derive(Debug)]
struct Guarded {
    interest: Interest,
    /// Some exactly while the waiter is linked.
    waker: Option<Waker>,
}

// SAFETY: always the same field of the entry.
unsafe impl Linked for Waiter {
    unsafe fn links(entry: NonNull<Self>) -> NonNull<Links<Self>> {
        // SAFETY: `entry` is live by the trait's contract; no reference is made to it.
        unsafe { NonNull::new_unchecked(&raw mut (*entry.as_ptr()).links) }
    }
}

// SAFETY: everything in it is touched only under the lock of its registration, or by its owner
// while it was never linked.
unsafe impl Send for Waiter {}
// SAFETY: as above.
unsafe impl Sync for Waiter {}

impl Waiter {
    pub(crate) fn new(interest: Interest) -> Self {
        Self {
            links: Links::new(),
            guarded: UnsafeCell::new(Guarded {
                interest,
                waker: None,
            }),
        }
    }

    /// # Safety
    ///
    /// The caller holds the lock of the registration this waiter belongs to.
    unsafe fn guarded<R>(&self, f: impl FnOnce(&mut Guarded) -> R) -> R {
        // SAFETY: the lock excludes every other access.
        self.guarded.with_mut(|guarded| f(unsafe { &mut *guarded }))
    }
}

impl Waiters {
    pub(crate) fn new() -> Self {
        Self {
            read: None,
            write: None,
            futures: List::new(),
        }
    }

    /// Makes `waker` the one that `direction` wakes; returns the one before it, to be dropped
    /// after the lock.
    pub(crate) fn set(&mut self, direction: Direction, waker: &Waker) -> Option<Waker> {
        let slot = match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        };
        match slot {
            Some(current) if current.will_wake(waker) => None,
            _ => slot.replace(waker.clone()),
        }
    }

    /// Links `waiter` with `waker`, or gives it that waker if it is linked; returns the one
    /// before it.
    ///
    /// # Safety
    ///
    /// `waiter` is live and stays in place until `unlink` or `take` has taken it out.
    pub(crate) unsafe fn link(&mut self, waiter: NonNull<Waiter>, waker: &Waker) -> Option<Waker> {
        // SAFETY: live; `&mut self` is only had under the lock.
        let previous = unsafe {
            waiter.as_ref().guarded(|guarded| match &guarded.waker {
                Some(current) if current.will_wake(waker) => Err(()),
                _ => Ok(guarded.waker.replace(waker.clone())),
            })
        };
        if let Ok(None) = previous {
            // SAFETY: it had no waker, so it is not linked; the rest by this function's contract.
            unsafe { self.futures.push_back(waiter) };
        }
        previous.ok().flatten()
    }

    /// Takes `waiter` out, if it is linked; returns its waker.
    ///
    /// # Safety
    ///
    /// `waiter` is live and is linked nowhere but here.
    pub(crate) unsafe fn unlink(&mut self, waiter: NonNull<Waiter>) -> Option<Waker> {
        // SAFETY: live; `&mut self` is only had under the lock.
        let waker = unsafe { waiter.as_ref().guarded(|guarded| guarded.waker.take()) };
        if waker.is_some() {
            // SAFETY: it had a waker, so it is linked.
            unsafe { self.futures.remove(waiter) };
        }
        waker
    }

    /// Takes out whoever waits for something in `ready`, and adds their wakers to `wakers`.
    pub(crate) fn take(&mut self, ready: Ready, wakers: &mut Vec<Waker>) {
        let hit = |interest: Interest| !(interest.mask() & ready).is_empty();
        if hit(Interest::READABLE) {
            wakers.extend(self.read.take());
        }
        if hit(Interest::WRITABLE) {
            wakers.extend(self.write.take());
        }
        let mut cursor = self.futures.front();
        while let Some(waiter) = cursor {
            // SAFETY: `waiter` is linked, hence live, and stays so under the lock.
            unsafe {
                cursor = self.futures.next(waiter);
                if waiter.as_ref().guarded(|guarded| hit(guarded.interest)) {
                    wakers.extend(self.unlink(waiter));
                    if planted(Bug::OneWaiterTaken) {
                        break;
                    }
                }
            }
        }
    }

    /// Takes everybody out.
    pub(crate) fn take_all(&mut self, wakers: &mut Vec<Waker>) {
        wakers.extend(self.read.take().into_iter().chain(self.write.take()));
        while let Some(waiter) = self.futures.pop_front() {
            // SAFETY: it was linked, so it is live; the caller holds the lock.
            wakers.extend(unsafe { waiter.as_ref().guarded(|guarded| guarded.waker.take()) });
        }
    }
}
