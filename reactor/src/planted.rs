//! Mistakes that a model can plant in this crate, to show that it would find them.
//!
//! Outside a model checker [`planted`] is the constant `false`.

/// One mistake; each is caught by the model that plants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// A waker is left without looking at the readiness again.
    NoSecondLook = 1,
    /// Readiness is cleared though an event has arrived since it was seen.
    TickIgnored,
    /// An event is delivered to whoever has the slot now.
    GenerationIgnored,
    /// The owner goes to sleep though it was rung.
    RingOverwritten,
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
}

#[cfg(any(plies_loom, plies_shuttle))]
mod switch {
    use std::sync::atomic::{AtomicU8, Ordering};

    static PLANTED: AtomicU8 = AtomicU8::new(0);

    /// Plants `bug` for the rest of this process.
    pub fn plant(bug: super::Bug) {
        PLANTED.store(bug as u8, Ordering::SeqCst);
    }

    pub(crate) fn planted(bug: super::Bug) -> bool {
        PLANTED.load(Ordering::SeqCst) == bug as u8
    }
}

#[cfg(any(plies_loom, plies_shuttle))]
pub use switch::plant;
#[cfg(any(plies_loom, plies_shuttle))]
pub(crate) use switch::planted;

/// Whether `bug` is planted.
#[cfg(not(any(plies_loom, plies_shuttle)))]
pub(crate) const fn planted(_: Bug) -> bool {
    false
}
