//! What may be said of a task before it is spawned.

use std::future::Future;
use std::io;

use plies_scheduler::{Attributes, TaskBuilder};
use plies_task::JoinHandle;

use super::{LocalSet, local};
use crate::runtime::Handle;

/// Spawns a task with a name, and with what its scheduler should know of it.
///
/// The ways to spawn return an [`io::Result`], as tokio's do; none of them fails today.
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
/// let report = task::Builder::new().name("report").class(1);
/// let report = report.spawn_on(async { "done" }, runtime.handle())?;
/// assert_eq!(runtime.block_on(report)?, "done");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a builder does nothing until it spawns"]
pub struct Builder<'a> {
    name: Option<&'a str>,
    attributes: Attributes,
}

impl<'a> Builder<'a> {
    /// A task without a name, of the highest class.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the task, for observers and diagnostics.
    pub fn name(&self, name: &'a str) -> Self {
        Self {
            name: Some(name),
            ..*self
        }
    }

    /// Sets the priority class, of which 0 is the highest; for [schedulers](crate::scheduler) that
    /// have classes.
    ///
    /// Local tasks and blocking functions start in the order of their spawning, whatever their
    /// class.
    pub fn class(&self, class: u8) -> Self {
        self.attributes(self.attributes.with_class(class))
    }

    /// Sets all that the scheduler is told, the class included.
    pub fn attributes(&self, attributes: Attributes) -> Self {
        Self {
            attributes,
            ..*self
        }
    }

    /// Spawns on the current runtime; see [`task::spawn`](super::spawn).
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_on(future, &Handle::current())
    }

    /// Spawns on the runtime of `handle`.
    ///
    /// # Errors
    ///
    /// None today.
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let mut task = TaskBuilder::new().attributes(self.attributes);
        if let Some(name) = self.name {
            task = task.name(name);
        }
        Ok(handle.executor().spawn_with(task, future))
    }

    /// Spawns on the current [`LocalSet`] or local runtime; see
    /// [`task::spawn_local`](super::spawn_local).
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// When there is neither.
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Ok(local::spawn_here(self.name, future))
    }

    /// Spawns on `local_set`.
    ///
    /// # Errors
    ///
    /// None today.
    #[track_caller]
    pub fn spawn_local_on<F>(
        self,
        future: F,
        local_set: &LocalSet,
    ) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Ok(local_set.spawn_named(self.name, future))
    }

    /// Runs a function that blocks; see [`task::spawn_blocking`](super::spawn_blocking).
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn spawn_blocking<F, R>(self, function: F) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.spawn_blocking_on(function, &Handle::current())
    }

    /// Runs a function that blocks on the blocking pool of the runtime of `handle`.
    ///
    /// # Errors
    ///
    /// None today.
    #[track_caller]
    pub fn spawn_blocking_on<F, R>(self, function: F, handle: &Handle) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        Ok(handle.spawn_blocking_named(self.name, function))
    }
}
