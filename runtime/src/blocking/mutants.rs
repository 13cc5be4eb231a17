//! Planted bugs, for the models in `tests/loom.rs` to catch. In an ordinary build there are none,
//! and every question about them folds to `false`.

use plies_shim::mutant::Planted;

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

static PLANTED: Planted = Planted::nothing();

impl Mutant {
    #[allow(dead_code, reason = "called by the models, which include this file")]
    pub(crate) fn plant(self) {
        PLANTED.plant(self as u8);
    }
}

#[inline(always)]
pub(crate) fn planted(mutant: Mutant) -> bool {
    PLANTED.is(mutant as u8)
}
