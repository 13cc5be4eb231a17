//! A post: the right to sleep in one driver, and to be counted on to look into it.
//!
//! There is one for each ordinary worker, and it is its *owner*. While the owner is stuck in a poll,
//! a spare worker holds the post; while that is stuck, another one. One word names the holder:
//!
//! | transition | by | ordering | publishes |
//! |---|---|---|---|
//! | stuck worker → spare | the spare, on its own thread | AcqRel (compare-exchange) | – ; it fails if the stuck one is not the holder any more |
//! | anyone → owner | the owner, back from its poll | AcqRel, then the driver is unparked | that the spare should leave |
//!
//! Two threads never sleep in one driver: the lock is held around the sleep, and the holder is
//! looked at under it. Nobody waits for the lock: who holds the post and finds it taken unparks the
//! driver and comes again. The owner unparks the driver after it has written its name, so a spare
//! that read the old one leaves its sleep at once. Who finds itself deposed after a sleep may have
//! been woken by a signal meant for the holder, and passes it on.

use std::io;
use std::time::Duration;

use plies_shim::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use plies_shim::thread;

use crate::mutants::{Mutant, planted};
use crate::{Driver, WorkerId};

pub(crate) struct Post {
    holder: AtomicUsize,
    parking: Parking,
    // The holder is in a long poll, and others should look into the driver.
    late: AtomicBool,
}

impl Post {
    pub(crate) fn new(owner: WorkerId) -> Self {
        Post {
            holder: AtomicUsize::new(owner.index()),
            parking: Parking(AtomicBool::new(false)),
            late: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_held_by(&self, worker: WorkerId) -> bool {
        self.holder.load(Ordering::Acquire) == worker.index()
    }

    /// A spare takes the post of a stuck worker; false if that does not hold it any more.
    pub(crate) fn take_over(&self, stuck: WorkerId, spare: WorkerId) -> bool {
        let (old, new) = (stuck.index(), spare.index());
        if planted(Mutant::TakeOverBlindly) {
            self.holder.swap(new, Ordering::AcqRel);
            return true;
        }
        self.holder
            .compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// The owner takes the post back, if somebody else has it, and gets that one out of the driver.
    pub(crate) fn reclaim(&self, owner: WorkerId, driver: &dyn Driver) {
        if !self.is_held_by(owner) && !planted(Mutant::OwnerNeverReclaims) {
            self.holder.swap(owner.index(), Ordering::AcqRel);
            if !planted(Mutant::ReclaimSkipsUnpark) {
                driver.unpark();
            }
        }
    }

    /// Sleeps in the driver, unless the post is somebody else's by now, or somebody else is still in
    /// there. It never waits for that one: a worker that counts as asleep, and was chosen to search,
    /// would keep everybody else from being woken for as long.
    pub(crate) fn park(
        &self,
        worker: WorkerId,
        driver: &dyn Driver,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        if !self.is_held_by(worker) {
            return Ok(());
        }
        let parking = self.parking.try_lock();
        if parking.is_none() && !planted(Mutant::ParkSkipsLock) {
            driver.unpark();
            thread::yield_now();
            return Ok(());
        }
        let mut slept = Ok(());
        if self.is_held_by(worker) {
            slept = driver.park(timeout);
        }
        if !self.is_held_by(worker) && !planted(Mutant::DeposedKeepsSignal) {
            driver.unpark();
        }
        drop(parking);
        slept
    }

    pub(crate) fn set_late(&self, late: bool) {
        // Only the monitor writes it, and to no effect most of the time.
        if self.is_late() != late {
            self.late.store(late, Ordering::Relaxed);
        }
    }

    pub(crate) fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }
}

/// The lock around the sleep, which is taken if it is free and never waited for. Not a mutex: loom's
/// lets a thread that tries it wait as long as the holder sleeps.
struct Parking(AtomicBool);

impl Parking {
    fn try_lock(&self) -> Option<Parked<'_>> {
        // Acquire sees what the last one did in the driver; pairs with the Release of its drop.
        let taken = self.0.swap(true, Ordering::Acquire);
        (!taken).then(|| Parked(&self.0))
    }
}

struct Parked<'a>(&'a AtomicBool);

impl Drop for Parked<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
