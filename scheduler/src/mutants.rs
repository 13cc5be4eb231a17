//! Planted bugs, for the models to catch. Outside of a model-checking build there are none, and
//! every question about them folds to `false`.

/// A mistake that a model plants before it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Mutant {
    InjectSkipsFence = 1,
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
    DeposedKeepsSignal,
    SpareStartsAfterClose,
    SpareKeepsSearch,
    SpareTellsNobody,
    SpareKeepsTasks,
    OwnerNeverReclaims,
    VacateForgets,
    AsideKeepsTasks,
    AsideKeepsWorker,
    AlarmSkipsFence,
    AlarmSkipsLook,
    RouseSkipsFence,
    RouseRingsNobody,
    ParkSkipsLock,
    TakeOverBlindly,
    ReclaimSkipsUnpark,
    AdmitBeyondBound,
}

#[cfg(any(plies_loom, plies_shuttle))]
static PLANTED: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

/// Plants `mutant` for the rest of this process, which is a model's child; nothing outside of a
/// model-checking build.
pub fn plant(mutant: Mutant) {
    #[cfg(any(plies_loom, plies_shuttle))]
    PLANTED.store(mutant as u8, std::sync::atomic::Ordering::Relaxed);
    #[cfg(not(any(plies_loom, plies_shuttle)))]
    let _ = mutant;
}

#[inline(always)]
pub(crate) fn planted(mutant: Mutant) -> bool {
    #[cfg(any(plies_loom, plies_shuttle))]
    return PLANTED.load(std::sync::atomic::Ordering::Relaxed) == mutant as u8;
    #[cfg(not(any(plies_loom, plies_shuttle)))]
    {
        let _ = mutant;
        false
    }
}
