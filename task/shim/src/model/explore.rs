//! One exploration by the back-end, with its executions counted.

use super::Model;
use std::sync::atomic::{AtomicU64, Ordering};

/// Executions begun so far in this process.
static ITERATIONS: AtomicU64 = AtomicU64::new(0);

pub(super) fn iterations() -> u64 {
    ITERATIONS.load(Ordering::Relaxed)
}

#[cfg(plies_loom)]
pub(super) const BACKEND: &str = "loom";

#[cfg(plies_shuttle)]
pub(super) const BACKEND: &str = "shuttle";

/// Can this back-end see mistakes in memory orderings?
pub(super) const WEAK_MEMORY: bool = cfg!(plies_loom);

fn counted(body: fn()) -> impl Fn() + Send + Sync + 'static {
    move || {
        ITERATIONS.fetch_add(1, Ordering::Relaxed);
        body();
    }
}

/// Explores `body` under the bounds of `model`; panics or aborts when an execution fails.
#[cfg(plies_loom)]
pub(super) fn explore(model: &Model, body: fn()) {
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 100_000;
    builder.preemption_bound = bound(model.preemptions);
    builder.check(counted(body));
}

#[cfg(plies_loom)]
fn bound(own: Option<usize>) -> Option<usize> {
    match std::env::var("PLIES_MODEL_PREEMPTIONS").as_deref() {
        Ok("none") => None,
        Ok(at_least) => own.map(|own| own.max(at_least.parse().unwrap_or(own))),
        Err(_) => own,
    }
}

/// Runs `body` under random schedules, then under PCT ones; panics when one fails.
#[cfg(plies_shuttle)]
pub(super) fn explore(_model: &Model, body: fn()) {
    let schedules = super::runner::number("PLIES_MODEL_SCHEDULES", 10_000) as usize;
    let half = (schedules / 2).max(1);
    shuttle::check_random(counted(body), half);
    shuttle::check_pct(counted(body), half, 3);
}
