//! What decides which ready task a worker polls next.
//!
//! [`runtime::Builder::scheduler`](crate::runtime::Builder::scheduler) takes any of these, or one
//! of your own: a [`Scheduler`] queues tasks and chooses among them, and never touches threads,
//! sleeping or I/O.
//!
//! | scheduler | for what |
//! |---|---|
//! | [`WorkStealing`] | the default: a queue for each worker, stealing between them |
//! | [`Fifo`] | one queue for all: the reference that others are compared with |

pub use plies_scheduler::{
    Attributes, Cause, Fifo, QueueStats, Runnable, Scheduler, WorkStealing, WorkerId, event,
};
