//! Planted bugs, for the models to catch. Outside of a model-checking build there are none, and
//! every question about them folds to `false`.

use plies_shim::mutant::Planted;

/// A mistake that a model plants before it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mutant {
    InjectSkipsFence,
    InjectWakesNobody,
    SleepSkipsFence,
    SleepSkipsRecheck,
    SearcherKeepsSearch,
    SearcherForgetsHandOff,
    CloseForgetsSleepers,
    LateTaskNotSwept,
    UnparkSkipsLock,
    ParkForgetsToken,
    LifoTakeTears,
    LifoPutForgets,
    LifoDoesNotPublish,
    OverflowLosesTask,
    StealLosesTask,
    ReferenceDoesNotPublish,
    SeatPassedToNobody,
    FailedKeepsLate,
    DeposedKeepsSignal,
    SpareStartsAfterClose,
    SpareKeepsSearch,
    SpareTellsNobody,
    SpareKeepsTasks,
    OwnerNeverReclaims,
    VacateForgets,
    AsideKeepsTasks,
    AsideKeepsWorker,
    RefusedSkipsSweep,
    SpareSkipsSweep,
    WaveReplacesAgain,
    TurnEndTellsNobody,
    LocalPushTellsNobody,
    LocalCloseWaitsForNobody,
    LocalPushForgetsCloser,
    ClaimTears,
    AlarmSkipsFence,
    AlarmSkipsLook,
    RouseSkipsFence,
    RouseRingsNobody,
    ParkSkipsLock,
    TakeOverBlindly,
    ReclaimSkipsUnpark,
    AdmitBeyondBound,
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
