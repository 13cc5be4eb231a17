//! A runtime as everybody but its owner sees it.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use plies_reactor::Clock;
use plies_scheduler::Observer;
use plies_task::JoinHandle;

use super::{Dump, RuntimeFlavor, RuntimeMetrics, TryCurrentError};
use crate::blocking::BlockingPool;
use crate::context::{self, Role};

/// What a runtime's owner, handles and threads share.
pub(crate) struct Shared {
    /// Set by the builder as soon as the executor stands.
    pub(super) executor: OnceLock<plies_scheduler::Handle>,
    /// One for each worker, and at least one.
    pub(super) reactors: Box<[plies_reactor::Handle]>,
    /// Which reactor the next thread that enters from outside uses.
    pub(super) next_reactor: AtomicUsize,
    pub(super) clock: Clock,
    pub(super) blocking: BlockingPool,
    pub(super) flavor: RuntimeFlavor,
    pub(super) id: Id,
    pub(super) name: Option<String>,
}

/// A runtime as everybody but its owner sees it: cheap to clone, usable from every thread.
///
/// A handle does not keep its runtime running. Once that is shut down, what is spawned is
/// cancelled at once.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(crate) fn from_shared(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The runtime that is current on this thread.
    ///
    /// # Panics
    ///
    /// When there is none: call it inside [`Runtime::block_on`](super::Runtime::block_on) or a
    /// spawned task, or keep the guard of [`enter`](Self::enter).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use plies::runtime::Handle;
    ///
    /// let handle = Handle::current();
    /// let outside = std::thread::spawn(move || handle.spawn(async { "spawned from outside" }));
    /// assert_eq!(outside.join().unwrap().await.unwrap(), "spawned from outside");
    /// # }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn current() -> Self {
        context::require()
    }

    /// The runtime that is current on this thread.
    ///
    /// # Errors
    ///
    /// When there is none; the error says what to do.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        context::with(Self::clone)
    }

    /// Makes this the current runtime of the thread until the guard is dropped, so that `spawn`,
    /// timers and sockets can be used outside of it.
    ///
    /// # Panics
    ///
    /// Guards have to be dropped in the reverse order of their making: another order panics in the
    /// drop.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = plies::runtime::Runtime::new()?;
    /// let task = {
    ///     let _entered = runtime.enter();
    ///     plies::spawn(async { 7 })
    /// };
    /// assert_eq!(runtime.block_on(task).unwrap(), 7);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn enter(&self) -> EnterGuard<'_> {
        let turn = self.shared.next_reactor.fetch_add(1, Ordering::Relaxed);
        let reactor = &self.shared.reactors[turn % self.shared.reactors.len()];
        EnterGuard {
            _reactor: reactor.enter(),
            _runtime: context::enter(self.clone()),
            _handle: PhantomData,
        }
    }

    /// Starts a task: the future is queued, not polled.
    ///
    /// See [`plies::spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.executor().spawn(future)
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
        self.spawn_blocking_named(None, function)
    }

    #[track_caller]
    pub(crate) fn spawn_blocking_named<F, R>(
        &self,
        name: Option<&str>,
        function: F,
    ) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        // A paused clock must not jump past work that the reactors cannot see.
        let hold = self
            .shared
            .clock
            .is_paused()
            .then(|| self.shared.clock.hold());
        self.shared.blocking.spawn(self, name, hold, function)
    }

    /// Runs `future` on this thread until it is ready, inside the runtime.
    ///
    /// The future itself is not a task. On a `current_thread` runtime this does not drive the
    /// tasks, timers and sockets: a thread in [`Runtime::block_on`](super::Runtime::block_on) has
    /// to do that.
    ///
    /// # Panics
    ///
    /// When the thread is inside a runtime already, but for
    /// [`block_in_place`](crate::task::block_in_place); and when the future panics.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _role = block_here(Role::Async);
        let _entered = self.enter();
        plies_scheduler::block_on(future)
    }

    /// Which kind of runtime it is.
    #[must_use]
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        self.shared.flavor
    }

    /// The number of the runtime, unique within the process.
    #[must_use]
    pub fn id(&self) -> Id {
        self.shared.id
    }

    /// The name that the builder gave the runtime.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.shared.name.as_deref()
    }

    /// Every live task and every worker, as they are now, for finding out who waits for whom.
    ///
    /// Any thread may ask, also while every worker is stuck: nothing is polled, and nobody is waited
    /// for.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies::runtime::Runtime;
    /// use plies::task;
    ///
    /// let runtime = Runtime::new()?;
    /// let reader = runtime.block_on(async {
    ///     let task = task::Builder::new().name("reader").spawn(std::future::pending::<()>());
    ///     task::yield_now().await;
    ///     task
    /// })?;
    /// println!("{}", runtime.handle().dump());
    /// # drop(reader);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn dump(&self) -> Dump {
        Dump::take(self)
    }

    /// What the runtime has done so far and holds now.
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        RuntimeMetrics::new(self.clone())
    }

    /// Sets who is told of every spawn, wake, poll, sleep and steal, in place of the one before;
    /// `None` switches it off.
    pub fn observe(&self, observer: Option<Arc<dyn Observer>>) {
        self.executor().observe(observer);
    }

    #[cfg(feature = "time")]
    #[inline]
    pub(crate) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn blocking(&self) -> &BlockingPool {
        &self.shared.blocking
    }

    /// The executor's handle. A start hook can be faster than the builder that stores it.
    #[track_caller]
    pub(crate) fn executor(&self) -> &plies_scheduler::Handle {
        self.shared
            .executor
            .get()
            .unwrap_or_else(|| self.shared.executor.wait())
    }

    pub(super) fn reactors(&self) -> &[plies_reactor::Handle] {
        &self.shared.reactors
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("id", &self.shared.id)
            .field("name", &self.shared.name)
            .field("flavor", &self.shared.flavor)
            .finish_non_exhaustive()
    }
}

impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

/// Permission to block this thread on a future in this role, or a panic at the caller's line.
#[track_caller]
pub(super) fn block_here(role: Role) -> context::Assumed {
    assert!(
        context::role() == Role::Outside,
        "`block_on` was called on a thread that runs a runtime, which would stall its other \
         tasks: `.await` the future, `spawn` it, or move this to `task::spawn_blocking`",
    );
    context::assume(role)
}

/// Keeps a runtime current on this thread; see [`Handle::enter`].
#[derive(Debug)]
#[must_use = "the runtime is current only while the guard lives"]
pub struct EnterGuard<'a> {
    _reactor: plies_reactor::EnterGuard,
    _runtime: context::Entered,
    _handle: PhantomData<&'a Handle>,
}

/// The number of a runtime, unique within the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id(u64);

impl Id {
    pub(crate) fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
