//! The readiness word of a registration.

use crate::interest::Ready;
use crate::planted::{Bug, planted};
use plies_shim::sync::atomic::{AtomicU32, Ordering};

/// What a registration knows of its source, in one word.
///
/// | bits | holds |
/// |---|---|
/// | 0 to 5 | the [`Ready`] bits |
/// | 6 | `REGISTERED`: a selector watches the source |
/// | 7 | `GONE`: the reactor was shut down |
/// | 8 to 31 | the tick: how many events have arrived, modulo 2^24 |
///
/// | change | by | ordering, and what it publishes |
/// |---|---|---|
/// | `set`: ready bits on, tick + 1 | a turn, for each event | acquire-release: the event, to whoever looks next |
/// | `clear`: ready bits off, if the tick is still the one seen | a task whose operation would block | acquire-release: nothing |
/// | `registered`: bit 6 on, with the bits worth a try | the task that registered | acquire-release: that waiting makes sense from now on |
/// | `unregistered`: bits 0 to 7 off | the task that withdrew or moves it | the same, reversed |
/// | `set_gone`: bit 7 on or off | shutdown; a move to a live reactor | acquire-release: whether anything more will come |
///
/// An operation that would block says only that the source was not ready when it ran. An event
/// that arrived since has changed the tick, and `clear` leaves it alone.
#[derive(Debug)]
pub(crate) struct Readiness(AtomicU32);

/// The word at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(u32);

const READY: u32 = Ready::ALL.0 as u32;
const REGISTERED: u32 = 1 << 6;
const GONE: u32 = 1 << 7;
const TICK: u32 = 1 << 8;

impl Snapshot {
    pub(crate) fn ready(self) -> Ready {
        Ready((self.0 & READY) as u8)
    }

    pub(crate) fn is_registered(self) -> bool {
        self.0 & REGISTERED != 0
    }

    pub(crate) fn is_gone(self) -> bool {
        self.0 & GONE != 0
    }

    /// The same moment, looking at the bits of `ready` only.
    pub(crate) fn only(self, ready: Ready) -> Self {
        Self(self.0 & !(READY ^ u32::from(ready.0)))
    }

    fn tick(self) -> u32 {
        self.0 / TICK
    }
}

impl Readiness {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    pub(crate) fn load(&self) -> Snapshot {
        Snapshot(self.0.load(Ordering::Acquire))
    }

    /// An event arrived.
    pub(crate) fn set(&self, ready: Ready) {
        self.update(|word| Some((word | u32::from(ready.0)).wrapping_add(TICK)));
    }

    /// An operation would have blocked after `seen`: takes `ready` back, unless an event has
    /// arrived since.
    pub(crate) fn clear(&self, seen: Snapshot, ready: Ready) {
        self.update(|word| {
            (Snapshot(word).tick() == seen.tick() || planted(Bug::TickIgnored))
                .then_some(word & !u32::from(ready.0))
        });
    }

    /// A selector watches the source now; `untried` has not been tried and may be ready.
    pub(crate) fn registered(&self, untried: Ready) {
        self.0
            .fetch_or(REGISTERED | u32::from(untried.0), Ordering::AcqRel);
    }

    /// No selector watches the source.
    pub(crate) fn unregistered(&self) {
        self.0
            .fetch_and(!(READY | REGISTERED | GONE), Ordering::AcqRel);
    }

    /// Whether the reactor was shut down, so that no event will arrive any more.
    pub(crate) fn set_gone(&self, gone: bool) {
        self.update(|word| Some(if gone { word | GONE } else { word & !GONE }));
    }

    fn update(&self, mut change: impl FnMut(u32) -> Option<u32>) {
        let mut word = self.0.load(Ordering::Acquire);
        while let Some(changed) = change(word) {
            match self
                .0
                .compare_exchange_weak(word, changed, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return,
                Err(current) => word = current,
            }
        }
    }
}
