//! Planted bugs, for the models in `tests/loom.rs` to catch. In an ordinary build there are none,
//! and every question about them folds to `false`.

/// A step of the crew's protocol that a model leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A thread goes to sleep without looking for a job once more.
    SleepWithoutLook,
    /// A thread leaves for good without looking for a job once more.
    LeaveWithoutLook,
    /// A thread that did not sleep after all can still be chosen as a sleeper.
    StaleSleeperCounts,
    /// The last thread to leave a closed crew tells nobody.
    LeaveInSilence,
}

#[cfg(not(any(plies_loom, plies_shuttle)))]
pub(crate) const fn planted(_: Mutant) -> bool {
    false
}

#[cfg(any(plies_loom, plies_shuttle))]
pub(crate) use model::{plant, planted};

#[cfg(any(plies_loom, plies_shuttle))]
mod model {
    use super::Mutant;
    use std::sync::atomic::{AtomicU8, Ordering};

    // The runner explores each body in a process of its own.
    static PLANTED: AtomicU8 = AtomicU8::new(u8::MAX);

    #[allow(dead_code, reason = "called by the models, which include this file")]
    pub(crate) fn plant(mutant: Mutant) {
        PLANTED.store(mutant as u8, Ordering::Relaxed);
    }

    pub(crate) fn planted(mutant: Mutant) -> bool {
        PLANTED.load(Ordering::Relaxed) == mutant as u8
    }
}
