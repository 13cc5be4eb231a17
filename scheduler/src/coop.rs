//! The cooperative budget: how much a task may do in one poll before it lets others run.
//!
//! A task whose resources are always ready would never return from its poll. So each poll starts
//! with a budget, every resource that takes part spends a unit when it makes progress, and one
//! that finds the budget spent wakes its task and returns `Pending`. The executor resets the budget
//! at each poll. Outside of a task, it is unlimited.

use std::cell::Cell;
use std::future::{self, Future};
use std::marker::PhantomData;
use std::num::NonZeroU16;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use pin_project_lite::pin_project;

use crate::context::{self, Context};

/// In the thread's cell: no limit, and nothing is counted.
pub(crate) const UNLIMITED: u16 = u16::MAX;

/// How many units a task may spend in one poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(NonZeroU16);

impl Budget {
    /// As much as the task likes.
    pub const UNLIMITED: Budget = Budget(NonZeroU16::MAX);

    /// The default of the executors: 128 units.
    pub const DEFAULT: Budget = Budget(NonZeroU16::new(128).unwrap());

    /// A budget of this many units; `None` for 0, with which no task could do anything. 65,535 is
    /// without a limit.
    pub const fn new(units: u16) -> Option<Self> {
        match NonZeroU16::new(units) {
            Some(units) => Some(Budget(units)),
            None => None,
        }
    }

    /// The units.
    pub const fn units(self) -> u16 {
        self.0.get()
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Gives back the unit that [`poll_proceed`] took, unless progress was made.
#[derive(Debug)]
#[must_use = "dropped at once, it gives the unit back: keep it until the operation is done"]
pub struct RestoreOnPending {
    before: Cell<u16>,
    /// The budget is that of the thread's current poll.
    this_thread: PhantomData<*mut ()>,
}

impl RestoreOnPending {
    /// The operation made progress: the unit stays spent.
    pub fn made_progress(&self) {
        self.before.set(UNLIMITED);
    }
}

impl Drop for RestoreOnPending {
    #[inline]
    fn drop(&mut self) {
        let before = self.before.get();
        if before != UNLIMITED {
            context::with(|context| context.budget.set(before));
        }
    }
}

/// Takes a unit of the budget before an operation that may make progress.
///
/// `Pending` if the budget is spent; the task is woken already, and its poll should return. On
/// `Ready`, call [`made_progress`](RestoreOnPending::made_progress) if the operation was ready.
///
/// # Examples
///
/// ```
/// use std::task::{Context, Poll, ready};
/// use plies_scheduler::coop;
///
/// fn poll_take(queue: &mut Vec<u32>, cx: &mut Context<'_>) -> Poll<u32> {
///     let unit = ready!(coop::poll_proceed(cx));
///     match queue.pop() {
///         Some(value) => {
///             unit.made_progress();
///             Poll::Ready(value)
///         }
///         None => Poll::Pending, // A real queue stores the waker here.
///     }
/// }
/// # let mut cx = Context::from_waker(std::task::Waker::noop());
/// # assert_eq!(poll_take(&mut vec![7], &mut cx), Poll::Ready(7));
/// ```
#[inline]
pub fn poll_proceed(cx: &mut TaskContext<'_>) -> Poll<RestoreOnPending> {
    context::with(|context| {
        let before = context.budget.get();
        if before == 0 {
            exhausted(context, cx);
            return Poll::Pending;
        }
        if before != UNLIMITED {
            context.budget.set(before - 1);
        }
        Poll::Ready(RestoreOnPending {
            before: Cell::new(before),
            this_thread: PhantomData,
        })
    })
}

#[cold]
fn exhausted(context: &Context, cx: &mut TaskContext<'_>) {
    // SAFETY: the reference does not leave this function.
    if let Some(worker) = unsafe { context.worker() } {
        worker.counters().budget_yields.add(1);
    }
    cx.waker().wake_by_ref();
}

/// Spends a unit, and first lets other tasks run if none is left. For loops that compute.
///
/// Cancel safe: dropped before it is done, it has spent nothing.
///
/// # Examples
///
/// ```
/// # plies_scheduler::block_on(async {
/// for chunk in [1, 2, 3].chunks(1) {
///     std::hint::black_box(chunk);
///     plies_scheduler::coop::consume().await;
/// }
/// # });
/// ```
pub async fn consume() {
    future::poll_fn(|cx| poll_proceed(cx).map(|unit| unit.made_progress())).await;
}

/// How many units the current poll may still spend; `None` without a limit, as outside of tasks.
///
/// # Examples
///
/// ```
/// assert_eq!(plies_scheduler::coop::remaining(), None);
/// ```
pub fn remaining() -> Option<u16> {
    let left = context::with(|context| context.budget.get());
    (left != UNLIMITED).then_some(left)
}

/// Polls `future` without a budget: for one that must run to its end in one go.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{ThreadPool, block_on, coop};
///
/// let pool = ThreadPool::builder().workers(1).build()?;
/// let task = pool.handle().spawn(coop::unconstrained(async { coop::remaining() }));
/// assert_eq!(block_on(task).unwrap(), None);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn unconstrained<F>(future: F) -> Unconstrained<F> {
    Unconstrained { future }
}

/// Makes `future` spend a unit of the budget each time it is ready.
///
/// For futures of other libraries, which know nothing of the budget.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{block_on, coop};
///
/// assert_eq!(block_on(coop::cooperative(async { 5 })), 5);
/// ```
pub fn cooperative<F: Future>(future: F) -> Cooperative<F> {
    Cooperative { future }
}

pin_project! {
    /// The future of [`unconstrained`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Unconstrained<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Unconstrained<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        with_budget(UNLIMITED, || self.project().future.poll(cx))
    }
}

pin_project! {
    /// The future of [`cooperative`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Cooperative<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Cooperative<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let unit = ready!(poll_proceed(cx));
        let output = ready!(self.project().future.poll(cx));
        unit.made_progress();
        Poll::Ready(output)
    }
}

/// Runs `f` with this budget, and puts the one before it back, also when `f` panics.
pub(crate) fn with_budget<R>(budget: u16, f: impl FnOnce() -> R) -> R {
    struct Restore(u16);
    impl Drop for Restore {
        fn drop(&mut self) {
            context::with(|context| context.budget.set(self.0));
        }
    }
    let _restore = Restore(context::with(|context| context.budget.replace(budget)));
    f()
}
