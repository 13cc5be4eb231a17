//! Runtimes that come and go.

use std::time::Instant;

use super::in_task;
use crate::peer::Peer;

/// Microseconds to start a runtime, run a task on it, and stop it.
pub fn start_stop<P: Peer>(start: &dyn Fn() -> P, scale: u64) -> f64 {
    let live = || in_task(&start(), async {});
    live();
    let started = Instant::now();
    for _ in 0..scale {
        live();
    }
    started.elapsed().as_micros() as f64 / scale as f64
}
