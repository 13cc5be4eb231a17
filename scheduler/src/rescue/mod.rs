//! Rescue: one blocked task stalls nothing.
//!
//! A *monitor* thread samples each worker's poll counter. A worker whose counter stands still while
//! it does not rest is in one long poll:
//!
//! | for | it is | what happens |
//! |---|---|---|
//! | from one sample to the next | late | a sleeping worker is woken and *helps*: it polls the late worker's driver, and takes its tasks |
//! | the threshold | stuck | a *spare* worker takes its [post](post): sleeps in its driver, polls its tasks, until it returns |
//!
//! A spare is an ordinary worker with a thread and a queue of its own; it gets at the stuck worker's
//! tasks by stealing, like everybody else, and no queue changes hands. What does change hands is the
//! post: the right to sleep in a driver, which one worker at a time has.
//!
//! The monitor sleeps when every worker does, and the first one that wakes up wakes it. Its thread
//! [starts](standby) when somebody may need it.
//!
//! A task that announces that it blocks, with [`block_in_place`](crate::block_in_place), has its
//! worker replaced at once, with or without a monitor.

mod alarm;
mod cpu;
mod judge;
mod monitor;
mod pace;
mod post;
mod pulse;
mod relief;
#[cfg(any(plies_loom, plies_shuttle))]
pub mod scenarios;
mod service;
mod settings;
mod spare;
#[cfg(feature = "stall-stack")]
mod stack;
mod stall;
mod standby;
#[cfg(feature = "tracing")]
mod warning;

pub(crate) use cpu::Thread;
pub(crate) use monitor::Monitor;
pub(crate) use pulse::{Pulse, Shown};
pub use service::RescueMetrics;
pub(crate) use service::Service;
pub use settings::Rescue;
pub(crate) use settings::StallHook;
pub(crate) use spare::{Spares, Vacancy};
#[cfg(feature = "stall-stack")]
pub use stack::Stack;
pub use stall::{Activity, Stall};
