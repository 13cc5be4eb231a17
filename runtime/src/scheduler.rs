//! What decides which ready task a worker polls next.
//!
//! [`runtime::Builder::scheduler`](crate::runtime::Builder::scheduler) takes any of these, or one
//! of your own: a [`Scheduler`] queues tasks and chooses among them, and never touches threads,
//! sleeping or I/O.
//!
//! | scheduler | for what |
//! |---|---|
//! | [`WorkStealing`] | the default on several threads: a queue for each worker, stealing between them |
//! | [`Priority`] | classes of tasks, of which the more urgent run first and none starves |
//! | [`Pinned`] | thread per core: a task stays on its worker; the default on one thread |
//! | [`Fifo`] | one queue for all: the reference that others are compared with |
//! | [`Seeded`] | one worker that chooses by a seed: the same run again, bug included |
//!
//! A task says what its scheduler should know by its [`Attributes`]: see
//! [`task::Builder`](crate::task::Builder). An [`Observer`] is told what happens to which task, on
//! which worker and because of whom.

pub use plies_scheduler::{
    Attributes, Cause, Fifo, Observer, Origin, Outcome, Pinned, Priority, QueueStats, Runnable,
    Scheduler, Seeded, TaskView, WorkStealing, WorkerId, event,
};
