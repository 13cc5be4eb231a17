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
pub use error::TryCurrentError;
pub use handle::{EnterGuard, Handle, Id};
pub use local::{LocalOptions, LocalRuntime};
pub use metrics::RuntimeMetrics;
pub use owner::{Runtime, ShutdownReport};
pub use plies_scheduler::{PollTimes, TaskDump, TaskState, WorkerDump, WorkerMetrics, WorkerState};

/// Which kind of runtime it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeFlavor {
    /// Tasks run on the thread that is in `block_on`.
    CurrentThread,
    /// Tasks run on threads of the runtime.
    MultiThread,
}
