//! Many tasks, awaited as they end.

mod builder;
mod completions;

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use plies_shim::sync::Mutex;
use slab::Slab;

use super::{AbortHandle, Id, JoinError, JoinHandle, LocalSet, coop};
use crate::runtime::Handle;
use crate::unwind::NotUnwindSafe;
pub use builder::Builder;
use completions::Completions;

/// Tasks that are awaited together, in the order in which they end.
///
/// All of them return the same type. Dropping the set aborts those that are left; to let them run
/// on instead, call [`detach_all`](Self::detach_all).
///
/// # Examples
///
/// ```
/// use plies::task::JoinSet;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// let mut squares = JoinSet::new();
/// for number in 0..10_u64 {
///     squares.spawn(async move { number * number });
/// }
/// let mut sum = 0;
/// while let Some(square) = squares.join_next().await {
///     sum += square.unwrap();
/// }
/// assert_eq!(sum, 285);
/// # }
/// ```
pub struct JoinSet<T> {
    tasks: Slab<Member<T>>,
    completions: Arc<Completions>,
    _unwind: NotUnwindSafe,
}

/// The results are never pinned: they are moved out.
impl<T> Unpin for JoinSet<T> {}

/// A task of the set.
enum Member<T> {
    /// Its handle has a waker that pushes its key when it ends.
    Joining(JoinHandle<T>),
    /// It had ended when it was added. The mutex is there for the set to be `Sync` when `T` is
    /// `Send` only, and is never locked.
    Ended(Id, Mutex<Result<T, JoinError>>),
}

impl<T> JoinSet<T> {
    /// A set without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tasks: Slab::new(),
            completions: Arc::default(),
            _unwind: NotUnwindSafe::default(),
        }
    }

    /// How many tasks are in the set: those that run, and those that ended and were not joined.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether no task is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    fn abort_members(&self) {
        for (_, member) in &self.tasks {
            if let Member::Joining(handle) = member {
                handle.abort();
            }
        }
    }
}

impl<T: 'static> JoinSet<T> {
    /// A builder, to name a task or give it a priority before it is spawned on this set.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut set = plies::task::JoinSet::new();
    /// set.build_task().name("answer").spawn(async { 42 })?;
    /// assert_eq!(set.join_next().await.unwrap().unwrap(), 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn build_task(&mut self) -> Builder<'_, T> {
        Builder::new(self)
    }

    /// Spawns a task of the current runtime; see [`spawn`](super::spawn).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(super::spawn(task))
    }

    /// Spawns a task of the runtime of `handle`.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn(task))
    }

    /// Spawns a task of the current [`LocalSet`] or local runtime; see
    /// [`spawn_local`](super::spawn_local).
    ///
    /// # Panics
    ///
    /// When there is neither.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(super::spawn_local(task))
    }

    /// Spawns a task of `local_set`, which runs when that is polled.
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(local_set.spawn_local(task))
    }

    /// Runs a function that blocks; see [`spawn_blocking`](super::spawn_blocking).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let mut set = plies::task::JoinSet::new();
    /// for part in 0..4_u32 {
    ///     set.spawn_blocking(move || 10_u32.pow(part));
    /// }
    /// assert_eq!(set.join_all().await.into_iter().sum::<u32>(), 1111);
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, function: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(super::spawn_blocking(function))
    }

    /// Runs a function that blocks on the blocking pool of the runtime of `handle`.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, function: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn_blocking(function))
    }

    /// Waits until a task ends, takes it out of the set and returns its result; `None` if the set
    /// is empty.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes nothing out of the set.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    /// [`join_next`](Self::join_next), with the id of the task that ended; an error has it too.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes nothing out of the set.
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|cx| self.poll_join_next_with_id(cx)).await
    }

    /// Takes out a task that has ended, if there is one.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        Some(self.try_take()?.1)
    }

    /// Takes out a task that has ended, if there is one, and names it.
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        let (id, result) = self.try_take()?;
        Some(result.map(|value| (id, value)))
    }

    /// Aborts every task and waits until all have ended; their results are dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, every task has been aborted, and the set holds those that this
    /// has not yet seen end.
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits for every task and returns what they returned, in the order in which they ended.
    ///
    /// # Panics
    ///
    /// When a task panicked, with its payload, and when one was aborted. The others are aborted
    /// then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future aborts the tasks that are left and loses the results.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let words = ["tasks", "in", "a", "set"];
    /// let set: plies::task::JoinSet<_> =
    ///     words.into_iter().map(|word| async move { word.len() }).collect();
    /// assert_eq!(set.join_all().await.into_iter().sum::<usize>(), 11);
    /// # }
    /// ```
    pub async fn join_all(mut self) -> Vec<T> {
        let mut values = Vec::with_capacity(self.len());
        while let Some(result) = self.join_next().await {
            match result {
                Ok(value) => values.push(value),
                Err(error) => match error.try_into_panic() {
                    Ok(payload) => panic::resume_unwind(payload),
                    Err(error) => panic!("{error}"),
                },
            }
        }
        values
    }

    /// Aborts every task; they stay in the set until they are joined.
    pub fn abort_all(&mut self) {
        self.abort_members();
    }

    /// Takes every task out of the set without aborting it: they run on, and nobody learns what
    /// becomes of them.
    pub fn detach_all(&mut self) {
        self.tasks.clear();
        self.completions.clear();
    }

    /// The polled form of [`join_next`](Self::join_next): `Pending` while every task runs, and
    /// only the waker of the last call is woken.
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        let next = ready!(self.poll_take(cx));
        Poll::Ready(next.map(|(_, result)| result))
    }

    /// The polled form of [`join_next_with_id`](Self::join_next_with_id), as
    /// [`poll_join_next`](Self::poll_join_next).
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        let next = ready!(self.poll_take(cx));
        Poll::Ready(next.map(|(id, result)| result.map(|value| (id, value))))
    }

    fn insert(&mut self, mut handle: JoinHandle<T>) -> AbortHandle {
        let abort = handle.abort_handle();
        let place = self.tasks.vacant_entry();
        let key = place.key();
        let waker = self.completions.waker(key);
        match Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => {
                place.insert(Member::Joining(handle));
            }
            Poll::Ready(result) => {
                place.insert(Member::Ended(handle.id(), Mutex::new(result)));
                waker.wake();
            }
        }
        abort
    }

    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Id, Result<T, JoinError>)>> {
        if self.is_empty() {
            return Poll::Ready(None);
        }
        let unit = ready!(coop::poll_proceed(cx));
        while let Some(key) = self.completions.pop_or_wait(cx.waker()) {
            if let Some(ended) = self.take(key) {
                unit.made_progress();
                return Poll::Ready(Some(ended));
            }
        }
        Poll::Pending
    }

    fn try_take(&mut self) -> Option<(Id, Result<T, JoinError>)> {
        while let Some(key) = self.completions.pop() {
            if let Some(ended) = self.take(key) {
                return Some(ended);
            }
        }
        None
    }

    /// Takes out the task `key`, if it has ended: the key may be of one that left before, and
    /// belong to another by now.
    fn take(&mut self, key: usize) -> Option<(Id, Result<T, JoinError>)> {
        if let Member::Joining(handle) = self.tasks.get(key)?
            && !handle.is_finished()
        {
            return None;
        }
        Some(match self.tasks.remove(key) {
            Member::Joining(handle) => (handle.id(), result_of(handle)),
            Member::Ended(id, result) => (id, result.into_inner()),
        })
    }
}

/// The result of a task that has ended.
fn result_of<T>(mut handle: JoinHandle<T>) -> Result<T, JoinError> {
    match Pin::new(&mut handle).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("a task that has ended has a result"),
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.abort_members();
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}

/// Spawns each future on the current runtime.
impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut set = Self::new();
        set.extend(futures);
        set
    }
}

/// Spawns each future on the current runtime.
impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        for future in futures {
            self.spawn(future);
        }
    }
}
