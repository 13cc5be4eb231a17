//! The raw task of an async executor.
//!
//! A task is one allocation and one atomic word, with two ends: a [`Runnable`], which an executor
//! runs once each time it is handed one, and a [`JoinHandle`], which awaits the result. Between
//! them stands a [`Schedule`], the only thing a task needs of its executor:
//!
//! ```
//! use plies_task::{Cause, Runnable, Schedule};
//! use std::sync::mpsc;
//!
//! #[derive(Clone)]
//! struct Queue(mpsc::Sender<Runnable>);
//!
//! impl Schedule for Queue {
//!     fn schedule(&self, task: Runnable, _cause: Cause) {
//!         let _ = self.0.send(task);
//!     }
//! }
//!
//! let (sender, ready) = mpsc::channel();
//! let (runnable, handle) = plies_task::spawn(async { 6 * 7 }, Queue(sender));
//! runnable.schedule();
//! for task in ready.try_iter() {
//!     task.run();
//! }
//! assert!(handle.is_finished());
//! ```
//!
//! # What it promises
//!
//! - Spawning never polls. A wake is never lost, and wakes coalesce. One thread at a time polls.
//! - A future is dropped exactly once, by whoever runs or cancels its task, before its joiner is
//!   told; never by a waker, and never while a lock is held.
//! - A panic in a future, in its destructor or in a result nobody waits for stays in the task:
//!   the joiner gets it as a [`JoinError`].
//! - A task that nothing can wake any more, and nobody joins, is cancelled, not leaked.
//!
//! # What it does not do
//!
//! It has no queue, no threads, no timers and no I/O: those are its executor's.
//!
//! # Where to find what
//!
//! - [`spawn`], [`Builder`]: making tasks, `!Send` and borrowing ones included
//! - [`Runnable`], [`Outcome`], [`Schedule`], [`Cause`]: for executors
//! - [`Registry`], [`TaskInfo`]: dropping every task at shutdown, and looking at them
//! - [`JoinHandle`], [`AbortOnDrop`], [`AbortHandle`], [`JoinError`], [`Id`]: for those who spawn
//!
//! # Without std
//!
//! Without the feature `std` (on by default) the crate is `no_std` + `alloc`. What is missing then
//! is `Builder::spawn_local`, and the catching of panics: they unwind out of [`Runnable::run`],
//! after the task has been completed.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(not(target_has_atomic = "64"))]
compile_error!("plies-task keeps a task's state in one 64-bit atomic, which this target lacks");

mod abort_on_drop;
mod affinity;
mod builder;
mod cell;
mod error;
mod handle;
mod harness;
mod header;
mod id;
mod join;
#[doc(hidden)]
pub mod mutants;
mod origin;
mod panics;
mod place;
mod registry;
mod runnable;
mod schedule;
mod state;
mod waker;

pub use abort_on_drop::AbortOnDrop;
pub use builder::{Builder, spawn};
pub use error::JoinError;
pub use handle::AbortHandle;
pub use id::Id;
pub use join::JoinHandle;
pub use registry::{Registry, TaskInfo, TaskState};
pub use runnable::{Outcome, Runnable};
pub use schedule::{Cause, Schedule};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
