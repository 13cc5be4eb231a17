//! Starting tasks on the current runtime.

use std::future::Future;

use plies_task::{Id, JoinHandle};

use crate::context;

/// Starts a task on the current runtime.
///
/// The future is queued, not polled. The task runs whether or not the returned handle is awaited;
/// dropping the handle detaches it.
///
/// # Panics
///
/// When there is no current runtime: call it inside one, hold the guard of
/// [`Handle::enter`](crate::runtime::Handle::enter), or use
/// [`Handle::spawn`](crate::runtime::Handle::spawn).
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// let task = plies::spawn(async { 6 * 7 });
/// assert_eq!(task.await.unwrap(), 42);
/// # }
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    context::require_with(|handle| handle.spawn(future))
}

/// Runs a function that blocks on a thread of the runtime's blocking pool.
///
/// [Aborting](JoinHandle::abort) its handle keeps a function from starting, but does not stop one
/// that has begun. When the runtime is shut down, functions that wait for a thread are dropped.
///
/// # Panics
///
/// When there is no current runtime, as [`spawn`].
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// let lines = plies::task::spawn_blocking(|| std::fs::read_to_string("Cargo.toml"));
/// assert!(lines.await.unwrap().is_ok());
/// # }
/// ```
#[track_caller]
pub fn spawn_blocking<F, R>(function: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    context::require_with(|handle| handle.spawn_blocking(function))
}

/// The id of the task that calls this.
///
/// # Panics
///
/// Outside of a task; the future of `block_on` is none.
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// let task = plies::spawn(async { plies::task::id() });
/// let id = task.id();
/// assert_eq!(task.await.unwrap(), id);
/// # }
/// ```
#[track_caller]
#[must_use]
pub fn id() -> Id {
    try_id().expect("no task runs here: call this inside a spawned future, or use `try_id`")
}

/// The id of the task that calls this, or `None` outside of a task.
#[must_use]
pub fn try_id() -> Option<Id> {
    plies_scheduler::current_task()
}
