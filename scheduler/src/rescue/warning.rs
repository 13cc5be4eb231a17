//! The report of a stall as an event of `tracing`.

use super::{Activity, Stall};

/// The target of the event, whatever module it comes from.
const TARGET: &str = "plies::stall";

/// One warning for each stall. What the stall does not tell is left out of the fields.
pub(super) fn warn(stall: &Stall) {
    let activity = match stall.activity() {
        Activity::OnCpu => "on-cpu",
        Activity::OffCpu => "off-cpu",
        Activity::Unknown => "unknown",
    };
    tracing::warn!(
        target: TARGET,
        {
            task.id = stall.task(),
            task.name = stall.name(),
            spawn.location = stall.location().map(tracing::field::display),
            worker = stall.worker().index(),
            elapsed_ms = stall.elapsed().as_secs_f64() * 1e3,
            activity,
        },
        "{stall}"
    );
}
