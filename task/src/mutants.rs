//! Planted bugs, for the models to catch. Outside of a model-checking build there are none, and
//! every question about them folds to `false`.

use plies_shim::mutant::Planted;

/// A mistake that a model plants before it starts a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mutant {
    QueuedWakeDoesNotPublish,
    PollStartsRelaxed,
    IdleDoesNotPublish,
    PollIgnoresCancel,
    WakeDuringPollLost,
    CompleteDoesNotPublish,
    ResultLeaks,
    JoinDoesNotRecheck,
    JoinReplacesInPlace,
    HandleDropLeavesResult,
    ReleaseDoesNotPublish,
    FreeDoesNotAcquire,
    RegistryInsertsWhenClosed,
    RegistryForgetsToUnlink,
    SchedulerBorrowedFromTheCell,
    UnreachableTaskForgotten,
    CancelSchedulesAgain,
    CancelDoesNotSchedule,
}

static PLANTED: Planted = Planted::nothing();

impl Mutant {
    /// Plants it for the rest of this process, which is a model's child; nothing outside of a
    /// model-checking build.
    pub fn plant(self) {
        PLANTED.plant(self as u8);
    }
}

#[inline(always)]
pub(crate) fn planted(mutant: Mutant) -> bool {
    PLANTED.is(mutant as u8)
}
