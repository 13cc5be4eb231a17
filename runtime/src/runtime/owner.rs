//! The owner of a runtime: who drops it ends it.

use std::future::Future;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

use plies_task::JoinHandle;

#[cfg(doc)]
use super::UnhandledPanic;
#[cfg(feature = "signal")]
use super::dump::DumpOnSignal;
use super::executor::Executor;
use super::handle::block_here;
use super::{Builder, Dump, EnterGuard, Handle, RuntimeMetrics};
use crate::context::{self, Role};
#[cfg(feature = "signal")]
use crate::signal::unix::SignalKind;

/// A runtime: workers, reactors, timers and blocking threads.
///
/// Dropping it shuts it down: every task is dropped at its next `.await`, and the thread that
/// drops it waits for polls and blocking jobs that have begun, ten seconds at most. Dropped by one
/// of its own tasks, or anywhere else that must not block, it does not wait. For another bound, and
/// to learn what happened, use [`shutdown_timeout`](Self::shutdown_timeout).
///
/// # Examples
///
/// ```
/// use plies::runtime::Runtime;
///
/// let runtime = Runtime::new()?;
/// runtime.block_on(async { println!("on a runtime") });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    /// `None` once it has been shut down.
    executor: Option<Executor>,
    #[cfg(feature = "signal")]
    dump_on_signal: Option<DumpOnSignal>,
}

/// How long dropping a runtime waits for polls and blocking jobs that have begun.
const DROP_PATIENCE: Duration = Duration::from_secs(10);

impl Runtime {
    /// A multi-threaded runtime with the defaults: a worker for each logical core.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a thread or a selector.
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread().build()
    }

    pub(super) fn assemble(handle: Handle, executor: Executor) -> Self {
        Self {
            handle,
            executor: Some(executor),
            #[cfg(feature = "signal")]
            dump_on_signal: None,
        }
    }

    /// Prints a dump at each signal, until the runtime has been shut down.
    #[cfg(feature = "signal")]
    pub(super) fn dump_on_signal(&mut self, kind: SignalKind) -> io::Result<()> {
        self.dump_on_signal = Some(DumpOnSignal::start(kind, self.handle.clone())?);
        Ok(())
    }

    /// The handle to give to others.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Starts a task: the future is queued, not polled.
    ///
    /// On a `current_thread` runtime it runs when a thread is in [`block_on`](Self::block_on).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = plies::runtime::Runtime::new()?;
    /// let task = runtime.spawn(async { 7 });
    /// assert_eq!(runtime.block_on(task).unwrap(), 7);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
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
        self.handle.spawn_blocking(function)
    }

    /// Runs `future` on this thread until it is ready, inside the runtime.
    ///
    /// A `current_thread` runtime runs its tasks, timers and sockets meanwhile; those that are not
    /// done when the future is ready go on in the next call. If several threads call this at once,
    /// one of them drives and the others wait; when it is done, one of those takes over.
    ///
    /// # Panics
    ///
    /// When the thread is inside a runtime already: `.await` the future, spawn it, or move the
    /// call to [`spawn_blocking`](crate::task::spawn_blocking) or
    /// [`block_in_place`](crate::task::block_in_place). When the future panics. And when a task
    /// panics, or has before, and that is to [shut the runtime down](UnhandledPanic).
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _role = block_here(Role::inside(self.handle.runtime_flavor()));
        let _entered = self.enter();
        match &self.executor {
            Some(executor) => executor.block_on(future),
            None => unreachable!("only `shutdown_timeout` and `drop` take it, and they end `self`"),
        }
    }

    /// Makes this the current runtime of the thread until the guard is dropped.
    ///
    /// See [`Handle::enter`].
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Every live task and every worker, as they are now; see [`Handle::dump`].
    #[must_use]
    pub fn dump(&self) -> Dump {
        self.handle.dump()
    }

    /// What the runtime has done so far and holds now.
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle.metrics()
    }

    /// Shuts the runtime down, waits at most `timeout` for what cannot be interrupted, and says
    /// what happened.
    ///
    /// Every task is dropped at its next `.await`; blocking jobs that nobody has begun are
    /// dropped; whoever waits for either sees a cancelled [`JoinError`](crate::task::JoinError).
    /// Polls and blocking jobs that have begun go on, on threads that end after them.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let runtime = plies::runtime::Builder::new_current_thread().build()?;
    /// let pending = runtime.spawn(std::future::pending::<()>());
    /// let report = runtime.shutdown_timeout(Duration::from_secs(1));
    /// assert_eq!(report.tasks_dropped, 1);
    /// assert!(pending.is_finished());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_timeout(mut self, timeout: Duration) -> ShutdownReport {
        self.end(timeout)
    }

    /// Shuts the runtime down without waiting for polls and blocking jobs that have begun.
    ///
    /// See [`shutdown_timeout`](Self::shutdown_timeout).
    pub fn shutdown_background(self) -> ShutdownReport {
        self.shutdown_timeout(Duration::ZERO)
    }

    pub(super) fn end(&mut self, timeout: Duration) -> ShutdownReport {
        let start = Instant::now();
        let deadline = start.checked_add(timeout);
        let blocking = self.handle.blocking();
        blocking.close();
        let mut report = ShutdownReport::default();
        if let Some(executor) = self.executor.take() {
            // Destructors of futures find their runtime, as the futures did.
            let _entered = self.handle.enter();
            let ended = executor.shutdown(timeout);
            report.tasks_dropped = ended.tasks_dropped;
            report.workers_left = ended.workers_left;
        }
        self.handle
            .reactors()
            .iter()
            .for_each(plies_reactor::Handle::shutdown);
        let rest = deadline.map_or(Duration::MAX, |at| {
            at.saturating_duration_since(Instant::now())
        });
        report.blocking_jobs_left = blocking.wait_closed(rest);
        report.elapsed = start.elapsed();
        report
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if self.executor.is_some() {
            let may_wait = context::role() == Role::Outside;
            self.end(if may_wait {
                DROP_PATIENCE
            } else {
                Duration::ZERO
            });
        }
    }
}

impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

/// What a shutdown did; returned by [`Runtime::shutdown_timeout`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Tasks whose futures were dropped before they were done.
    pub tasks_dropped: usize,
    /// Workers that were in a poll when the time was up; each ends after that poll.
    pub workers_left: usize,
    /// Blocking threads that were in a job when the time was up; each ends after that job.
    pub blocking_jobs_left: usize,
    /// How long the shutdown took.
    pub elapsed: Duration,
}
