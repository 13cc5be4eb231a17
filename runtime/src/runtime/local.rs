//! A runtime whose tasks need not be `Send`.

use std::fmt;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use plies_task::JoinHandle;

use super::{
    Builder, Dump, EnterGuard, Handle, Runtime, RuntimeFlavor, RuntimeMetrics, ShutdownReport,
};
use crate::task::LocalSet;

/// A `current_thread` runtime that stays on its thread, so that
/// [`spawn_local`](crate::task::spawn_local) works everywhere inside, without a [`LocalSet`].
///
/// Dropping it drops its tasks, and shuts down as [`Runtime`] does.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use plies::runtime::LocalRuntime;
///
/// let runtime = LocalRuntime::new()?;
/// let shared = Rc::new(7);
/// let sum = runtime.block_on(async move {
///     let theirs = shared.clone();
///     let task = plies::task::spawn_local(async move { *theirs });
///     task.await.unwrap() + *shared
/// });
/// assert_eq!(sum, 14);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct LocalRuntime {
    tasks: LocalSet,
    runtime: Runtime,
}

/// The options of a [`LocalRuntime`], for [`Builder::build_local`]. There are none yet.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct LocalOptions {
    /// Options may come that only their own thread may use.
    this_thread: PhantomData<*const ()>,
}

impl Builder {
    /// Starts a runtime that stays on this thread.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a selector.
    ///
    /// # Panics
    ///
    /// When this is not [`Builder::new_current_thread`].
    ///
    /// # Examples
    ///
    /// ```
    /// use plies::runtime::{Builder, LocalOptions};
    ///
    /// let runtime = Builder::new_current_thread().build_local(LocalOptions::default())?;
    /// assert_eq!(runtime.block_on(async { 7 }), 7);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn build_local(&mut self, options: LocalOptions) -> io::Result<LocalRuntime> {
        let LocalOptions { this_thread: _ } = options;
        assert!(
            self.flavor == RuntimeFlavor::CurrentThread,
            "a local runtime runs on one thread: build it with `Builder::new_current_thread()`",
        );
        let mut tasks = LocalSet::new();
        tasks.unhandled_panic(self.unhandled_panic);
        Ok(LocalRuntime {
            runtime: self.build()?,
            tasks,
        })
    }
}

impl LocalRuntime {
    /// A local runtime with the defaults.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a selector.
    pub fn new() -> io::Result<Self> {
        Builder::new_current_thread().build_local(LocalOptions::default())
    }

    /// The handle to give to others. What they spawn with it must be `Send`, as on every runtime.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Starts a task that need not be `Send`; it runs when this thread is in
    /// [`block_on`](Self::block_on).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = plies::runtime::LocalRuntime::new()?;
    /// let task = runtime.spawn_local(async { std::rc::Rc::new(7) });
    /// assert_eq!(*runtime.block_on(task).unwrap(), 7);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.tasks.spawn_local(future)
    }

    /// Runs a function that blocks on a thread of the blocking pool.
    ///
    /// See [`task::spawn_blocking`](crate::task::spawn_blocking).
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, function: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.runtime.spawn_blocking(function)
    }

    /// Runs `future` on this thread until it is ready, and the tasks, timers and sockets
    /// meanwhile.
    ///
    /// # Panics
    ///
    /// When the thread is inside a runtime already, when the future panics, and when a task panics,
    /// or has before, and that is to [shut the runtime down](super::UnhandledPanic): local tasks are
    /// dropped at once if it was one of theirs, the others then, or else with the runtime.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        // Around all of it, so that a task of `plies::spawn` can spawn local ones too.
        let _entered = self.tasks.enter();
        self.tasks.block_on(&self.runtime, future)
    }

    /// Makes this the current runtime of the thread until the guard is dropped.
    ///
    /// See [`Handle::enter`].
    pub fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Every live task that was not spawned locally, as they are now; see [`Handle::dump`].
    #[must_use]
    pub fn dump(&self) -> Dump {
        self.runtime.dump()
    }

    /// What the runtime has done so far and holds now, without its local tasks.
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        self.runtime.metrics()
    }

    /// Shuts the runtime down, waits at most `timeout` for blocking jobs that have begun, and says
    /// what happened; see [`Runtime::shutdown_timeout`].
    pub fn shutdown_timeout(mut self, timeout: Duration) -> ShutdownReport {
        let local = self.drop_tasks();
        let mut report = self.runtime.end(timeout);
        report.tasks_dropped += local;
        report
    }

    /// Shuts the runtime down without waiting for blocking jobs that have begun.
    pub fn shutdown_background(self) -> ShutdownReport {
        self.shutdown_timeout(Duration::ZERO)
    }

    /// Drops the local tasks, whose destructors find their runtime.
    fn drop_tasks(&self) -> usize {
        let _entered = self.enter();
        self.tasks.close()
    }
}

impl Drop for LocalRuntime {
    fn drop(&mut self) {
        self.drop_tasks();
    }
}

impl fmt::Debug for LocalRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalRuntime")
            .field("handle", self.handle())
            .finish_non_exhaustive()
    }
}

impl UnwindSafe for LocalRuntime {}
impl RefUnwindSafe for LocalRuntime {}
