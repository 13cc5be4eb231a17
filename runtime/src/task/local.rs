//! Tasks that are not `Send`, on the thread that spawned them.

mod current;

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use plies_scheduler::LocalTasks;
use plies_task::JoinHandle;

use crate::context;
use crate::runtime::{Id, Runtime, UnhandledPanic};
pub use current::LocalEnterGuard;

/// Starts a task that is not `Send` on the current [`LocalSet`] or
/// [`LocalRuntime`](crate::runtime::LocalRuntime).
///
/// It runs on this thread, when the set or the runtime is polled; it is never polled in this call.
///
/// # Panics
///
/// When no set is current: call this inside [`LocalSet::run_until`], one of its tasks, or a
/// `LocalRuntime`.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use plies::task::{LocalSet, spawn_local};
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// let set = LocalSet::new();
/// let length = set.run_until(async {
///     let words = Rc::new(vec!["not", "Send"]);
///     let theirs = words.clone();
///     spawn_local(async move { theirs.len() }).await.unwrap()
/// });
/// assert_eq!(length.await, 2);
/// # }
/// ```
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    spawn_here(None, future)
}

/// Spawns a task, with a name if it has one, on the current set.
#[track_caller]
pub(super) fn spawn_here<F>(name: Option<&str>, future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    match current::current() {
        Some(tasks) => tasks.spawn(name, future),
        None => panic!(
            "`spawn_local` was called outside of a `task::LocalSet` and of a \
             `runtime::LocalRuntime`: call it inside `LocalSet::run_until`, or keep the guard of \
             `LocalSet::enter` alive here"
        ),
    }
}

/// Tasks that are not `Send`, run by whoever polls the set, on one thread.
///
/// The set does nothing by itself: it is driven by [`run_until`](Self::run_until),
/// [`block_on`](Self::block_on), or by awaiting the set, which is ready when no task is left. Each
/// poll runs as many as 61 ready tasks and then lets others run. A set inside of a spawned task is
/// impossible, for that is `Send`: put it into `block_on`, or into a thread of its own.
///
/// Dropping the set drops its tasks, on this thread.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use plies::task::LocalSet;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// let count = Rc::new(Cell::new(0));
/// let set = LocalSet::new();
/// for _ in 0..3 {
///     let count = count.clone();
///     set.spawn_local(async move { count.set(count.get() + 1) });
/// }
/// set.await;
/// assert_eq!(count.get(), 3);
/// # }
/// ```
pub struct LocalSet {
    tasks: LocalTasks,
    id: Id,
    /// It drops its tasks, which only their thread may.
    this_thread: PhantomData<Rc<Cell<()>>>,
}

impl LocalSet {
    /// A set without tasks, bound to this thread.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tasks: LocalTasks::new(),
            id: Id::next(),
            this_thread: PhantomData,
        }
    }

    /// Makes this the set that [`spawn_local`] spawns on, until the guard is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies::task::{LocalSet, spawn_local};
    ///
    /// let set = LocalSet::new();
    /// let task = {
    ///     let _entered = set.enter();
    ///     spawn_local(async { 7 })
    /// };
    /// let runtime = plies::runtime::Runtime::new()?;
    /// assert_eq!(set.block_on(&runtime, task).unwrap(), 7);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn enter(&self) -> LocalEnterGuard {
        current::enter(&self.tasks)
    }

    /// Starts a task on this set: the future is queued, and polled when the set is.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_named(None, future)
    }

    #[track_caller]
    pub(super) fn spawn_named<F>(&self, name: Option<&str>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.tasks.spawn(name, future)
    }

    /// Runs `future` to its end on this thread, inside `runtime`, and the set's tasks meanwhile.
    ///
    /// Tasks that are not done by then stay in the set.
    ///
    /// # Panics
    ///
    /// As [`Runtime::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, runtime: &Runtime, future: F) -> F::Output {
        runtime.block_on(self.run_until(future))
    }

    /// Runs `future`, and the set's tasks whenever it is polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops `future`; the tasks stay in the set.
    pub async fn run_until<F: Future>(&self, future: F) -> F::Output {
        RunUntil { set: self, future }.await
    }

    /// Sets what a panic in a task of this set means for the others; nothing unless set.
    ///
    /// With [`UnhandledPanic::ShutdownRuntime`] every other task of the set is dropped, and whoever
    /// polls the set, now and later, panics.
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// use plies::runtime::UnhandledPanic;
    /// use plies::task::LocalSet;
    ///
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let mut set = LocalSet::new();
    /// set.unhandled_panic(UnhandledPanic::ShutdownRuntime);
    /// set.spawn_local(async { panic!("out of order") });
    /// set.run_until(std::future::pending::<()>()).await; // Panics, instead of waiting for ever.
    /// # }
    /// ```
    pub fn unhandled_panic(&mut self, behavior: UnhandledPanic) -> &mut Self {
        self.tasks
            .shutdown_on_panic(behavior == UnhandledPanic::ShutdownRuntime);
        self
    }

    /// The number of the set, unique among sets and runtimes of the process.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// Drops every task and says how many those were; later ones are cancelled at once.
    pub(crate) fn close(&self) -> usize {
        let _entered = self.enter();
        let _bound = context::bind();
        self.tasks.close()
    }
}

/// Ready when the set has no task left.
impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _entered = self.enter();
        let _bound = context::bind();
        self.tasks.begin_turn(cx.waker()).run();
        if self.tasks.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

pin_project! {
    struct RunUntil<'a, F> {
        set: &'a LocalSet,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for RunUntil<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.set.enter();
        let _bound = context::bind();
        let turn = this.set.tasks.begin_turn(cx.waker());
        let output = this.future.poll(cx);
        if output.is_pending() {
            turn.run();
        }
        output
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        self.close();
    }
}

impl Default for LocalSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet").finish_non_exhaustive()
    }
}
