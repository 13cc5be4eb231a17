//! Mistakes that a model can plant in this crate, to show that it would find them.
//!
//! Outside a model checker [`planted`] folds to `false`.

use plies_shim::mutant::Planted;

/// One mistake; each is caught by the model that plants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A waker is left without looking at the readiness again.
    NoSecondLook,
    /// Readiness is cleared though an event has arrived since it was seen.
    TickIgnored,
    /// An event is delivered to whoever has the slot now.
    GenerationIgnored,
    /// The owner goes to sleep though it was rung.
    RingOverwritten,
    /// A parked owner is notified between its last look and its wait.
    UnparkUnlocked,
    /// A source is registered with a parked owner, and it is left there.
    SourceUnannounced,
    /// A sleeping owner is looked for where it may be, and then where it may have come from.
    SleeperLookedForTwice,
    /// Only the first of several waiters is taken out for an event.
    OneWaiterTaken,
    /// A turn in the owner's place takes the owner's ring.
    RingStolen,
    /// A timer is armed without waking the owner that sleeps past it.
    OwnerLeftAsleep,
    /// A timer's waker is replaced after the timer has fired.
    FiredUnnoticed,
    /// A timer is unlinked after it has fired.
    UnlinkedTwice,
    /// Sources and timers are taken on after shutdown.
    GoneUnannounced,
    /// The counter's anchor is published before the offset that goes with it.
    AnchorBeforeOffset,
}

static PLANTED: Planted = Planted::nothing();

impl Bug {
    /// Plants it for the rest of this process.
    #[cfg(any(plies_loom, plies_shuttle))]
    pub fn plant(self) {
        PLANTED.plant(self as u8);
    }
}

/// Whether `bug` is planted.
#[inline(always)]
pub(crate) fn planted(bug: Bug) -> bool {
    PLANTED.is(bug as u8)
}
