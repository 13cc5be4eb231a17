//! Naming a task before it joins a set.

use std::fmt;
use std::future::Future;
use std::io;

use super::JoinSet;
use crate::runtime::Handle;
use crate::task::{self, AbortHandle, LocalSet};

/// Configures a task of a [`JoinSet`]; made by [`JoinSet::build_task`].
///
/// Each way to spawn is that of [`task::Builder`], and returns the task's [`AbortHandle`].
#[must_use = "a builder does nothing until it spawns"]
pub struct Builder<'a, T> {
    set: &'a mut JoinSet<T>,
    task: task::Builder<'a>,
}

impl<'a, T: 'static> Builder<'a, T> {
    pub(super) fn new(set: &'a mut JoinSet<T>) -> Self {
        let task = task::Builder::new();
        Self { set, task }
    }

    /// Names the task, for observers and diagnostics.
    pub fn name(self, name: &'a str) -> Self {
        let task = self.task.name(name);
        Self { task, ..self }
    }

    /// Sets the priority class of the task; see [`task::Builder::class`].
    pub fn class(self, class: u8) -> Self {
        let task = self.task.class(class);
        Self { task, ..self }
    }

    /// Spawns on the current runtime.
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.task.spawn(future)?))
    }

    /// Spawns on the runtime of `handle`.
    ///
    /// # Errors
    ///
    /// None today.
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.task.spawn_on(future, handle)?))
    }

    /// Spawns on the current [`LocalSet`] or local runtime.
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// When there is neither.
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        Ok(self.set.insert(self.task.spawn_local(future)?))
    }

    /// Spawns on `local_set`.
    ///
    /// # Errors
    ///
    /// None today.
    #[track_caller]
    pub fn spawn_local_on<F>(self, future: F, local_set: &LocalSet) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        Ok(self
            .set
            .insert(self.task.spawn_local_on(future, local_set)?))
    }

    /// Runs a function that blocks on the current runtime's blocking pool.
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn spawn_blocking<F>(self, function: F) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.task.spawn_blocking(function)?))
    }

    /// Runs a function that blocks on the blocking pool of the runtime of `handle`.
    ///
    /// # Errors
    ///
    /// None today.
    #[track_caller]
    pub fn spawn_blocking_on<F>(self, function: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        Ok(self
            .set
            .insert(self.task.spawn_blocking_on(function, handle)?))
    }
}

impl<T> fmt::Debug for Builder<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("join_set::Builder")
            .field("set", &self.set)
            .field("task", &self.task)
            .finish()
    }
}
