//! Tasks: spawning them, waiting for them, and being a good neighbour to the others.
//!
//! A task is a future that the runtime drives on its own. [`spawn`] queues it and returns; the
//! future is never polled in the call. What became of it is told by its [`JoinHandle`]: its
//! output, its panic, or that it was cancelled. Dropping the handle lets the task run on.
//!
//! - [`JoinSet`]: many tasks, awaited as they end
//! - [`Builder`]: a task with a name, or with what its scheduler should know of it
//! - [`LocalSet`], [`spawn_local`]: tasks that are not `Send`, on one thread
//! - [`LocalKey`], made by [`task_local!`](crate::task_local): values that belong to a task
//! - [`spawn_blocking`], [`block_in_place`]: code that blocks, on another thread or on this one
//! - [`coop`]: the cooperative budget

mod block_in_place;
mod builder;
pub mod coop;
pub mod join_set;
mod local;
mod spawn;
mod task_local;
mod yield_now;

pub use block_in_place::block_in_place;
pub use builder::Builder;
pub use coop::{Unconstrained, consume_budget, unconstrained};
pub use join_set::JoinSet;
pub use local::{LocalEnterGuard, LocalSet, spawn_local};
pub use plies_task::{AbortHandle, Id, JoinError, JoinHandle};
pub use spawn::{id, spawn, spawn_blocking, try_id};
pub use task_local::{AccessError, LocalKey};
pub use yield_now::yield_now;

/// Futures that belong to tasks.
pub mod futures {
    pub use super::task_local::TaskLocalFuture;
}
