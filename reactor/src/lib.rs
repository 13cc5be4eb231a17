//! Readiness and time for any executor: a mio reactor with registrations, timers and a clock that can be virtual.

mod async_source;
mod context;
mod doorbell;
mod error;
mod guard;
mod handle;
mod interest;
mod list;
mod reactor;
mod registration;
mod sys;
mod time;

pub use async_source::Async;
pub use context::EnterGuard;
pub use error::{NoReactor, ReactorGone, TimerError};
pub use guard::{ReadyEvent, ReadyGuard};
pub use handle::Handle;
pub use interest::{Direction, Interest, Ready};
pub use reactor::{Builder, Reactor, Turn};
pub use time::clock::{Clock, ClockHold};
pub use time::sleep::Sleep;
