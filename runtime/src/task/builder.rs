//! Spawning a task with more than its future.

use std::future::Future;

use plies_scheduler::{Attributes, TaskBuilder};
use plies_task::JoinHandle;

use crate::context;
use crate::runtime::Handle;

/// Spawns a task with a name, and with what its scheduler should know of it.
///
/// # Examples
///
/// ```
/// use plies::runtime::Builder;
/// use plies::scheduler::Priority;
/// use plies::task;
///
/// // Two classes: 0 goes before 1.
/// let runtime = Builder::new_multi_thread().scheduler(|| Priority::new(2)).build()?;
/// let report = runtime.block_on(async {
///     task::Builder::new().name("report").class(1).spawn(async { "done" }).await
/// });
/// assert_eq!(report.unwrap(), "done");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a task begins with `spawn`"]
pub struct Builder {
    task: TaskBuilder,
    attributes: Attributes,
}

impl Builder {
    /// A task without a name, of the highest class.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name that observers and metrics show.
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.task = self.task.name(name);
        self
    }

    /// Sets the priority class, of which 0 is the highest; for schedulers that have classes.
    pub fn class(mut self, class: u8) -> Self {
        self.attributes = self.attributes.with_class(class);
        self
    }

    /// Sets all that the scheduler is told, the class included.
    pub fn attributes(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// Starts the task on the current runtime; otherwise as [`spawn`](super::spawn).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        context::require_with(|handle| self.spawn_on(future, handle))
    }

    /// Starts the task on the runtime of `handle`.
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let task = self.task.attributes(self.attributes);
        handle.executor().spawn_with(task, future)
    }
}
