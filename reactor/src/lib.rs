//! Readiness and time for any executor: a mio reactor with registrations, timers and a clock that can be virtual.

mod async_source;
mod context;
mod doorbell;
mod driver;
mod error;
mod guard;
mod handle;
mod interest;
mod list;
mod planted;
mod reactor;
mod registration;
mod sys;
mod time;

#[cfg(test)]
mod tests;

pub use async_source::Async;
pub use context::EnterGuard;
pub use driver::Driver;
pub use error::{NoReactor, ReactorGone, TimerError};
pub use guard::{ReadyEvent, ReadyGuard};
pub use handle::Handle;
pub use interest::{Direction, Interest, Ready};
pub use reactor::{Builder, Reactor, Turn};
pub use time::clock::{Clock, ClockHold};
pub use time::sleep::Sleep;

/// What models of this crate need, and nobody else.
#[cfg(any(plies_loom, plies_shuttle))]
#[doc(hidden)]
pub mod model {
    pub use crate::planted::{Bug, plant};
    pub use crate::sys::fake;
}
