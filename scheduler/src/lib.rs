//! Executors for futures whose scheduling policy is a trait: work stealing, priorities, thread per
//! core, or your own.
//!
//! Two things that other runtimes weld together are separate here. An *executor* owns threads,
//! their sleeping and waking, budgets, metrics and shutdown. A [`Scheduler`] decides which ready
//! task a worker polls next, in five methods that know nothing of threads.
//!
//! ```
//! use plies_scheduler::{ThreadPool, block_on};
//!
//! let pool = ThreadPool::builder().workers(2).build()?;
//! let handle = pool.handle();
//! let parts: Vec<_> = (0..4u64).map(|part| handle.spawn(async move { part * part })).collect();
//! let sum = block_on(async move {
//!     let mut sum = 0;
//!     for part in parts {
//!         sum += part.await.unwrap();
//!     }
//!     sum
//! });
//! assert_eq!(sum, 14);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Modules and types
//!
//! | who runs | what runs next | what a worker sleeps on |
//! |---|---|---|
//! | [`ThreadPool`], [`CurrentThread`], set up by a [`Builder`] | [`Scheduler`]: [`WorkStealing`], [`Fifo`], [`Priority`], [`Pinned`], [`Seeded`] | [`Driver`]: [`ThreadParker`] |
//!
//! - [`Handle`], [`TaskBuilder`], [`Attributes`]: spawning, and what a policy may know of a task
//! - [`coop`]: the cooperative budget of a poll
//! - [`Metrics`], [`PollTimes`], [`Observer`]: what each worker did, and what happens as it happens
//! - [`Rescue`], [`Stall`]: what happens when a task blocks its worker
//! - [`Dump`]: every live task and worker, also when all of them are stuck
//! - [`ShutdownReport`]: what the end of an executor left
//! - [`block_on`]: waiting on a thread that runs no worker; [`block_in_place`]: blocking on one that does
//! - [`LocalTasks`]: tasks that are not `Send`, inside of a future
//! - [`event`]: what a policy reports while it chooses
//! - `conformance`, a feature: the kit that puts any scheduler to the proof
//!
//! # What it does not do
//!
//! It knows no I/O and no timers: a [`Driver`] brings them. It has no global executor: a
//! [`Handle`] says where a task goes.

mod attributes;
mod block_in_place;
mod block_on;
mod builder;
mod busy;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod context;
pub mod coop;
mod counters;
mod current_thread;
mod driver;
mod dump;
pub mod event;
mod handle;
mod idle;
mod local_future;
mod local_tasks;
mod metrics;
#[doc(hidden)]
pub mod mutants;
mod nap;
mod observer;
mod parker;
mod policy;
mod poll_times;
mod queue;
mod random;
mod reference;
mod rescue;
mod scheduler;
mod shared;
mod shutdown;
mod stash;
mod task_builder;
mod thread_pool;
mod watch;
mod worker;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use attributes::{Attributes, Runnable, WorkerId};
pub use block_in_place::block_in_place;
pub use block_on::block_on;
pub use builder::Builder;
pub use context::{current_place, current_task, current_worker, with_task};
pub use current_thread::CurrentThread;
pub use driver::Driver;
pub use dump::{Dump, TaskDump, WorkerDump, WorkerState};
pub use handle::Handle;
pub use local_tasks::{LocalTasks, LocalTurn};
pub use metrics::{Metrics, WorkerMetrics};
pub use observer::{Observer, Origin, TaskView};
pub use parker::ThreadParker;
pub use plies_task::{AbortHandle, Cause, Id, JoinError, JoinHandle, Outcome, TaskState};
pub use policy::{Fifo, Pinned, Priority, Seeded, WorkStealing};
pub use poll_times::PollTimes;
#[cfg(feature = "stall-stack")]
pub use rescue::Stack;
#[cfg(any(plies_loom, plies_shuttle))]
#[doc(hidden)]
pub use rescue::scenarios as rescue_scenarios;
pub use rescue::{Activity, Rescue, RescueMetrics, Stall};
pub use scheduler::{QueueStats, Scheduler};
pub use shutdown::ShutdownReport;
pub use task_builder::TaskBuilder;
pub use thread_pool::ThreadPool;
