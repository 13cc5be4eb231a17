//! Sleeping, time-outs and ticks, on a clock that tests can stop.
//!
//! A timer never fires early: `sleep(d)` takes `d` at least. Deadlines are kept to the nanosecond,
//! and a duration too long to add up means "never".
//!
//! Every timer runs by the clock of its runtime. On a `current_thread` runtime that clock can be
//! [paused](pause) and [advanced](advance): a program that waits for hours is then tested in no
//! time.

mod clock;
mod instant;
mod interval;
mod sleep;
mod timeout;

pub use clock::{advance, pause, resume};
pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use std::time::Duration;
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};

/// What can go wrong with a timer.
pub mod error {
    pub use super::timeout::Elapsed;
}

pub(crate) use clock::start_paused;
