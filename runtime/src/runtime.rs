//! Building, entering and shutting down a runtime.
//!
//! A [`Runtime`] is an executor of `plies-scheduler` whose workers sleep in reactors of
//! `plies-reactor`, one for each, and a pool of threads for what blocks. [`Builder`] configures
//! it; a [`Handle`] is how everybody else reaches it.
//!
//! When nothing moves any more, [`Handle::dump`] says what every task and worker is doing, and
//! [`Builder::dump_on_signal`] has that printed when the process gets a signal.
//!
//! # Examples
//!
//! ```
//! use plies::runtime::Builder;
//!
//! let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
//! let answer = runtime.block_on(async {
//!     plies::spawn(async { 42 }).await.unwrap()
//! });
//! assert_eq!(answer, 42);
//! # Ok::<(), std::io::Error>(())
//! ```

mod builder;
mod driver;
mod dump;
mod error;
mod executor;
mod handle;
mod local;
mod metrics;
mod owner;
pub(crate) mod threads;

pub use builder::Builder;
pub use dump::Dump;
pub use error::{TryCurrentError, is_rt_shutdown_err};
pub use handle::{EnterGuard, Handle, Id};
pub use local::{LocalOptions, LocalRuntime};
pub use metrics::RuntimeMetrics;
pub use owner::{Runtime, ShutdownReport};
#[cfg(feature = "stall-stack")]
pub use plies_scheduler::Stack;
pub use plies_scheduler::{
    Activity, PollTimes, Rescue, RescueMetrics, Stall, TaskDump, TaskState, WorkerDump,
    WorkerMetrics, WorkerState,
};

#[allow(unused_imports)] // For those features that have operations to give up.
pub(crate) use error::shut_down;

/// The number of the worker that runs on this thread, from zero up: the place of its figures in
/// [`RuntimeMetrics`]. `None` on any other thread, which those in `block_on` of a multi-threaded
/// runtime and those of the blocking pool are.
///
/// It may differ after an `.await`, for a task may move. While a spare worker stands in for one that
/// is blocked, it has that worker's number, and two threads have the same.
///
/// # Examples
///
/// ```
/// # #[plies::main(worker_threads = 2)]
/// # async fn main() {
/// let worker = plies::spawn(async { plies::runtime::worker_index() }).await.unwrap();
/// assert!(worker.unwrap() < 2);
/// assert_eq!(plies::runtime::worker_index(), None); // In `block_on`.
/// # }
/// ```
#[must_use]
pub fn worker_index() -> Option<usize> {
    plies_scheduler::current_place()
}

/// What a panic in a task means for the rest of its runtime; see [`Builder::unhandled_panic`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnhandledPanic {
    /// Nothing: whoever joins the task gets the panic, and the other tasks go on.
    #[default]
    Ignore,
    /// The runtime shuts down: every other task is dropped, and `block_on`, now and later, panics.
    /// Whoever joins the task gets its panic still.
    ShutdownRuntime,
}

/// Which kind of runtime it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeFlavor {
    /// Tasks run on the thread that is in `block_on`.
    CurrentThread,
    /// Tasks run on threads of the runtime.
    MultiThread,
}
