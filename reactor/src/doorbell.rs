//! The word that says whether a reactor's owner sleeps, so that waking it costs a system call
//! only then.

use crate::planted::{Bug, planted};
use plies_shim::sync::atomic::{AtomicU32, Ordering};

/// A word with three states.
///
/// | state | the owner |
/// |---|---|
/// | `AWAKE` | runs, and will look at what was published before it sleeps |
/// | `ASLEEP` | is in the selector, or about to be |
/// | `RUNG` | has been woken since it last began to sleep, and will not sleep the next time |
///
/// | from | to | by | ordering, and what it publishes |
/// |---|---|---|---|
/// | `AWAKE` | `ASLEEP` | the owner, `begin` | acquire-release: its announcement, to those who ring |
/// | `RUNG` | `AWAKE` | the owner, `begin` | acquire: what the ringer wrote before |
/// | `ASLEEP`, `RUNG` | `AWAKE` | the owner, `end` | acquire: the same |
/// | any | `RUNG` | anyone, `ring` | acquire-release: what it wrote before, to the owner. Also when it is `RUNG` already |
/// | `ASLEEP` | `RUNG` | anyone, `ring_sleeper` | the same |
///
/// Whoever rings and the owner both change this one word, so one of them sees the other: either
/// the owner finds `RUNG`, or the ringer finds `ASLEEP` and interrupts the selector.
#[derive(Debug)]
pub(crate) struct Doorbell(AtomicU32);

const AWAKE: u32 = 0;
const ASLEEP: u32 = 1;
const RUNG: u32 = 2;

impl Doorbell {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(AWAKE))
    }

    /// The owner announces that it is about to sleep. `false`: it was rung, and must not.
    pub(crate) fn begin(&self) -> bool {
        let begun = self
            .0
            .compare_exchange(AWAKE, ASLEEP, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        if !begun {
            self.end();
            if planted(Bug::RingOverwritten) {
                self.0.store(ASLEEP, Ordering::Relaxed);
                return true;
            }
        }
        begun
    }

    /// The owner is awake. Says whether it was rung since `begin`.
    pub(crate) fn end(&self) -> bool {
        self.0.swap(AWAKE, Ordering::AcqRel) == RUNG
    }

    /// Rings. `true`: the owner sleeps, and the caller must interrupt the selector.
    #[must_use]
    pub(crate) fn ring(&self) -> bool {
        self.0.swap(RUNG, Ordering::AcqRel) == ASLEEP
    }

    /// Rings only if the owner sleeps; an owner awake is left to go to sleep later.
    #[must_use]
    pub(crate) fn ring_sleeper(&self) -> bool {
        self.0
            .compare_exchange(ASLEEP, RUNG, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    pub(crate) fn is_asleep(&self) -> bool {
        self.0.load(Ordering::Acquire) == ASLEEP
    }
}
