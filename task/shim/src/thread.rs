//! Threads: spawning, yielding, parking.

#[cfg(not(any(plies_loom, plies_shuttle)))]
pub use std::thread::{
    Builder, JoinHandle, Thread, ThreadId, current, park, park_timeout, spawn, yield_now,
};

#[cfg(plies_loom)]
pub use loom::thread::{Builder, JoinHandle, Thread, ThreadId, current, park, spawn, yield_now};

#[cfg(plies_shuttle)]
pub use shuttle::thread::{Builder, JoinHandle, Thread, ThreadId, current, park, spawn, yield_now};

/// Parks the thread. No model checker here has time, so it never times out: a protocol that only
/// a time-out saves shows as a deadlock.
#[cfg(any(plies_loom, plies_shuttle))]
pub fn park_timeout(_timeout: std::time::Duration) {
    park();
}
