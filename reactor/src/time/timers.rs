//! The timers of one reactor: a wheel behind a lock, and how long its owner may sleep.

use std::ptr::NonNull;
use std::task::Waker;

use super::clock::Clock;
use super::entry::{Entry, Stage};
use super::wheel::Wheel;
use super::{NEVER, Nanos};
use crate::error::ReactorGone;
use crate::planted::{Bug, planted};
use plies_shim::sync::SpinMutex;
use plies_shim::sync::atomic::{AtomicU64, Ordering};

/// How many timers are fired under one hold of the lock, so that arming threads get in between.
const BATCH: usize = 256;

/// The shard of one reactor.
///
/// Its owner's thread arms, cancels and fires; another thread takes the lock only to cancel or
/// re-arm a timer that was armed here, or to turn this reactor in its owner's place.
#[derive(Debug)]
pub(crate) struct Timers {
    shard: SpinMutex<Shard>,
    /// When the reactor last looked at its clock. A hint: relaxed, and it publishes nothing.
    looked_at: AtomicU64,
}

/// A deadline so far after the last look is taken to be ahead without a look at the clock, which
/// costs as much as arming does. If the last look was long ago and it is past already, it is found
/// out by the next turn instead of at once.
const CERTAINLY_AHEAD: Nanos = 1_000_000;

#[derive(Debug)]
struct Shard {
    wheel: Wheel,
    /// The owner sleeps, or is about to, and looks again at this time: one who arms an earlier
    /// timer wakes it. Zero while the owner is awake, for nothing is earlier than that.
    asleep_until: Nanos,
    gone: bool,
}

/// What arming a timer asks of the one who armed it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Armed {
    /// Nothing: the owner will see the timer in time.
    InTime,
    /// To wake the owner if it sleeps.
    WakeOwner,
}

impl Timers {
    pub(crate) fn new(now: Nanos) -> Self {
        let shard = Shard {
            wheel: Wheel::new(now),
            asleep_until: 0,
            gone: false,
        };
        Self {
            shard: SpinMutex::new(shard),
            looked_at: AtomicU64::new(now),
        }
    }

    /// Whether `deadline` has passed on `clock`, as far as that matters.
    #[inline]
    pub(crate) fn has_passed(&self, deadline: Nanos, clock: &Clock) -> bool {
        let sure = self
            .looked_at
            .load(Ordering::Relaxed)
            .saturating_add(CERTAINLY_AHEAD);
        (deadline < sure || clock.is_paused()) && clock.nanos() >= deadline
    }

    /// Arms an idle entry, for its deadline.
    ///
    /// # Safety
    ///
    /// `entry` is live, idle, and stays in place until it is no longer armed.
    #[inline]
    pub(crate) unsafe fn arm(
        &self,
        entry: NonNull<Entry>,
        waker: Waker,
    ) -> Result<Armed, ReactorGone> {
        let mut shard = self.shard.lock();
        if shard.gone {
            return Err(ReactorGone);
        }
        // SAFETY: by this function's contract; the lock is held.
        unsafe {
            shard.wheel.insert(entry, waker);
            Ok(shard.armed(entry.as_ref().deadline()))
        }
    }

    /// Moves an armed entry to another deadline and keeps its waker. Says `None` if it was no
    /// longer armed, and nothing is changed.
    ///
    /// # Safety
    ///
    /// The caller owns `entry`, which is live, was armed here, and stays in place until it is no
    /// longer armed.
    pub(crate) unsafe fn rearm(&self, entry: NonNull<Entry>, deadline: Nanos) -> Option<Armed> {
        let mut shard = self.shard.lock();
        // SAFETY: live; an armed entry is linked in this wheel, and stays so under the lock.
        unsafe {
            if entry.as_ref().stage() != Stage::Armed {
                return None;
            }
            let waker = shard.wheel.remove(entry);
            entry.as_ref().set_deadline(deadline);
            shard.wheel.insert(entry, waker);
        }
        Some(shard.armed(deadline))
    }

    /// Disarms an entry that was armed here, if it still is. The waker is handed back, so that it
    /// is dropped after the lock.
    ///
    /// # Safety
    ///
    /// `entry` is live and was armed here.
    #[inline]
    pub(crate) unsafe fn cancel(&self, entry: NonNull<Entry>) -> Option<Waker> {
        let mut shard = self.shard.lock();
        // SAFETY: live; an armed entry is linked in this wheel, and stays so under the lock.
        unsafe {
            let armed = entry.as_ref().stage() == Stage::Armed;
            (armed || planted(Bug::UnlinkedTwice)).then(|| shard.wheel.remove(entry))
        }
    }

    /// Makes `waker` the one that an armed entry wakes. Says whether it was still armed.
    ///
    /// # Safety
    ///
    /// `entry` is live and was armed here.
    pub(crate) unsafe fn set_waker(&self, entry: NonNull<Entry>, waker: &Waker) -> bool {
        let same = |slot: &mut Option<Waker>| {
            let current = slot.as_ref();
            current.is_some_and(|current| current.will_wake(waker))
        };
        // SAFETY: by this function's contract, both times.
        match unsafe { self.if_armed(entry, same) } {
            None => false,
            Some(true) => true,
            Some(false) => {
                // Cloned, and the old one dropped, with nothing locked.
                let mut new = Some(waker.clone());
                let swap = |slot: &mut Option<Waker>| std::mem::swap(slot, &mut new);
                // SAFETY: as above.
                unsafe { self.if_armed(entry, swap) }.is_some()
            }
        }
    }

    /// Calls `look` with the waker's place under the lock, if the entry is still armed.
    ///
    /// # Safety
    ///
    /// `entry` is live and was armed here.
    unsafe fn if_armed<R>(
        &self,
        entry: NonNull<Entry>,
        look: impl FnOnce(&mut Option<Waker>) -> R,
    ) -> Option<R> {
        let _shard = self.shard.lock();
        // SAFETY: live.
        let entry = unsafe { entry.as_ref() };
        let armed = entry.stage() == Stage::Armed || planted(Bug::FiredUnnoticed);
        // SAFETY: the lock is held.
        armed.then(|| unsafe { entry.waker(look) })
    }

    /// The owner is about to sleep: returns when the next timer is due, and lets the lock tell
    /// those who arm an earlier one from now on that they must wake it.
    pub(crate) fn before_sleep(&self) -> Nanos {
        let mut shard = self.shard.lock();
        shard.asleep_until = shard.wheel.next();
        shard.asleep_until
    }

    /// When the next timer is due.
    pub(crate) fn next(&self) -> Nanos {
        self.shard.lock().wheel.next()
    }

    /// Fires every timer due at the time `now` returns, which is asked for only if one is armed.
    /// Adds their wakers to `wakers` and returns how many there were.
    pub(crate) fn fire(&self, now: impl FnOnce() -> Nanos, wakers: &mut Vec<Waker>) -> usize {
        let before = wakers.len();
        let mut shard = self.shard.lock();
        shard.asleep_until = 0;
        if shard.wheel.is_empty() {
            return 0;
        }
        let now = now();
        self.looked_at.store(now, Ordering::Relaxed);
        shard.wheel.advance(now);
        loop {
            let due = std::iter::from_fn(|| shard.wheel.pop_due(Stage::Fired)).take(BATCH);
            let room = wakers.len() + BATCH;
            wakers.extend(due);
            if wakers.len() < room {
                return wakers.len() - before;
            }
            drop(shard);
            shard = self.shard.lock();
        }
    }

    /// Ends every armed timer without firing it, and refuses new ones.
    pub(crate) fn shut_down(&self, wakers: &mut Vec<Waker>) {
        let mut shard = self.shard.lock();
        shard.gone = !planted(Bug::GoneUnannounced);
        shard.wheel.advance(NEVER);
        wakers.extend(std::iter::from_fn(|| shard.wheel.pop_due(Stage::Gone)));
    }
}

impl Shard {
    #[inline]
    fn armed(&self, deadline: Nanos) -> Armed {
        if deadline < self.asleep_until && !planted(Bug::OwnerLeftAsleep) {
            Armed::WakeOwner
        } else {
            Armed::InTime
        }
    }
}
