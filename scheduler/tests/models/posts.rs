//! The parts of the rescue by themselves, small enough for every execution: what goes on between the
//! monitor and the workers, and between those who hold a post one after the other.

use super::both_orders;
use plies_scheduler::rescue_scenarios::{
    alarm_against_rouse, alarm_against_two, first_polls_against_sleep, reclaim_against_sleep,
    signal_against_reclaim, start_against_close, two_for_one_post, two_stuck_one_spare,
};
use plies_shim::model::Model;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "first polls against a long sleep", first_polls_against_sleep, floor 500, bound 3,
        [ClaimTears], weak []
    ));
    all.extend(both_orders!(
        "monitor falls asleep against a worker that wakes up", alarm_against_rouse,
        floor 20, bound 3,
        [AlarmSkipsLook, RouseRingsNobody], weak [AlarmSkipsFence, RouseSkipsFence]
    ));
    all.extend(both_orders!(
        "monitor falls asleep against two workers", alarm_against_two, floor 100, bound 2,
        [AlarmSkipsLook, RouseRingsNobody], weak [AlarmSkipsFence, RouseSkipsFence]
    ));
    all.extend(both_orders!(
        "owner returns against a spare that falls asleep", reclaim_against_sleep,
        floor 20, bound 3,
        [OwnerNeverReclaims, ReclaimSkipsUnpark], weak []
    ));
    all.extend(both_orders!(
        "owner falls asleep against a spare that leaves", signal_against_reclaim,
        floor 100, bound 2,
        [DeposedKeepsSignal, ParkSkipsLock], weak []
    ));
    all.extend(both_orders!(
        "two spares for one post", two_for_one_post, floor 2, bound 3,
        [TakeOverBlindly], weak []
    ));
    all.extend(both_orders!(
        "spare starts against closing", start_against_close, floor 2, bound 3,
        [SpareStartsAfterClose], weak []
    ));
    all.extend(both_orders!(
        "two workers stuck, one spare", two_stuck_one_spare, floor 2, bound 3,
        [AdmitBeyondBound], weak []
    ));
    all
}
