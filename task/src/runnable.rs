//! The end of a task that executors hold.

use crate::cell::Front;
use crate::header::{Header, Ran};
use crate::{Cause, Id};
use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::panic::Location;
use core::ptr::NonNull;
use core::task::Waker;

/// What became of a task in [`Runnable::run`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Its future is not ready: a waker will schedule it.
    Pending,
    /// It was woken during its own poll, and has been scheduled again.
    Yielded,
    /// Its future returned, and has been dropped.
    Complete,
    /// Its future panicked, and has been dropped; the panic is with its joiner.
    Panicked,
    /// It had been cancelled: its future was dropped without another poll, or after a last one.
    Cancelled,
}

impl Outcome {
    /// Is the task over, so that nobody will see it again?
    #[inline]
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Yielded)
    }
}

/// A task that is ready: run it once, or drop it to cancel it.
///
/// There is never more than one of a task. One pointer wide; [`into_raw`](Self::into_raw) makes
/// it one that intrusive or lock-free queues can hold.
///
/// ```
/// use plies_task::{Cause, Outcome, Runnable, Schedule};
///
/// #[derive(Clone)]
/// struct Forget;
///
/// impl Schedule for Forget {
///     fn schedule(&self, _task: Runnable, _cause: Cause) {}
/// }
///
/// let (runnable, handle) = plies_task::spawn(async { 1 + 1 }, Forget);
/// assert_eq!(runnable.run(), Outcome::Complete);
/// assert!(handle.is_finished());
/// ```
#[must_use = "dropping a Runnable cancels its task: run it, or schedule it"]
pub struct Runnable<M: Send + Sync + 'static = ()> {
    header: NonNull<Header>,
    metadata: PhantomData<M>,
}

// SAFETY: what can be reached through it is `Send` (the future, checked at spawn; the metadata;
// the scheduler), or is bound to a thread and checks that, or its spawner has vouched for it.
unsafe impl<M: Send + Sync + 'static> Send for Runnable<M> {}
// SAFETY: a shared `Runnable` gives the metadata, which is `Sync`, a waker and constants.
unsafe impl<M: Send + Sync + 'static> Sync for Runnable<M> {}

impl<M: Send + Sync + 'static> Runnable<M> {
    /// # Safety
    ///
    /// The caller holds the right to run the task of this header, whose metadata is an `M`, and
    /// gives it to the result.
    #[inline]
    pub(crate) unsafe fn from_header(header: NonNull<Header>) -> Self {
        Self {
            header,
            metadata: PhantomData,
        }
    }

    #[inline]
    fn front(&self) -> &Front<M> {
        // SAFETY: the `Runnable` keeps the cell alive, and its metadata is an `M`.
        unsafe { self.header.cast().as_ref() }
    }

    /// Polls the future once, or drops it if the task has been cancelled.
    ///
    /// A panic in the future ends the task and goes to its joiner, not to the caller.
    ///
    /// # Panics
    ///
    /// If the task was spawned with [`spawn_local`](crate::Builder::spawn_local) on another
    /// thread: its future is leaked then, and its joiner sees it cancelled. Without the feature
    /// `std`, also if the future panics.
    #[inline]
    #[track_caller]
    pub fn run(self) -> Outcome {
        self.run_with(|task| task.schedule_as(Cause::Yielded))
    }

    /// [`run`](Self::run) for an executor that knows where it runs: a task that was woken during
    /// its own poll goes to `requeue` instead of to its scheduler, which would have to find out on
    /// which thread it is. It belongs behind the tasks that are ready already.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// # Examples
    ///
    /// ```
    /// # use plies_task::{Cause, Outcome, Runnable, Schedule};
    /// # #[derive(Clone)] struct Forget;
    /// # impl Schedule for Forget { fn schedule(&self, _: Runnable, _: Cause) {} }
    /// use std::task::Poll;
    ///
    /// let mut polls = 0;
    /// let (task, handle) = plies_task::spawn(std::future::poll_fn(move |cx| {
    ///     polls += 1;
    ///     cx.waker().wake_by_ref();
    ///     if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
    /// }), Forget);
    /// let mut queue = std::collections::VecDeque::from([task]);
    /// while let Some(task) = queue.pop_front() {
    ///     task.run_with(|task| queue.push_back(task));
    /// }
    /// assert!(handle.is_finished());
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn run_with(self, requeue: impl FnOnce(Self)) -> Outcome {
        let header = ManuallyDrop::new(self).header;
        // SAFETY: `self` was the `Runnable`, and is given up, unless the task yielded.
        match unsafe { (header.as_ref().vtable.run)(header) } {
            Ran::Done(Outcome::Yielded) => {
                // SAFETY: the task is still ours, with the metadata of `self`.
                requeue(unsafe { Self::from_header(header) });
                Outcome::Yielded
            }
            Ran::Done(outcome) => outcome,
            Ran::ForeignThread => foreign_thread(),
        }
    }

    /// Hands the task to its own scheduler with [`Cause::Spawned`]: what an executor does with a
    /// task it has just spawned.
    #[inline]
    pub fn schedule(self) {
        self.schedule_as(Cause::Spawned);
    }

    #[inline]
    pub(crate) fn schedule_as(self, cause: Cause) {
        let header = ManuallyDrop::new(self).header;
        // SAFETY: `self` was the `Runnable`, and is given up.
        unsafe { (header.as_ref().vtable.schedule)(header, cause) }
    }

    /// A waker of this task.
    #[inline]
    pub fn waker(&self) -> Waker {
        // SAFETY: the `Runnable` keeps the cell alive; the clone counts its own reference.
        unsafe { Waker::clone(&crate::waker::borrowed(self.header)) }
    }

    /// What [`Builder::metadata`](crate::Builder::metadata) attached.
    #[inline]
    pub fn metadata(&self) -> &M {
        &self.front().metadata
    }

    /// The task's id.
    #[inline]
    pub fn id(&self) -> Id {
        self.front().header.id
    }

    /// What [`Builder::name`](crate::Builder::name) set.
    #[inline]
    pub fn name(&self) -> Option<&str> {
        self.front().header.origin.name()
    }

    /// Where the task was spawned.
    #[inline]
    pub fn location(&self) -> &'static Location<'static> {
        self.front().header.origin.location()
    }

    /// Leaves a number with the task, in place of the one before, for
    /// [`TaskInfo::stamp`](crate::TaskInfo::stamp) to read: when its executor polled it last, say,
    /// and where. It costs a store, and means nothing to the task.
    #[inline]
    pub fn set_stamp(&self, stamp: u32) {
        self.front().header.polls.set_stamp(stamp);
    }

    /// The task as a pointer, aligned to at least eight bytes. It must come back through
    /// [`from_raw`](Self::from_raw), or the task leaks.
    #[inline]
    pub fn into_raw(self) -> NonNull<()> {
        ManuallyDrop::new(self).header.cast()
    }

    /// The task behind a pointer.
    ///
    /// # Safety
    ///
    /// `raw` must come from [`into_raw`](Self::into_raw) of a `Runnable` with the same `M`, and
    /// each such pointer may come back once only.
    #[inline]
    pub unsafe fn from_raw(raw: NonNull<()>) -> Self {
        // SAFETY: the caller gives back what `into_raw` took.
        unsafe { Self::from_header(raw.cast()) }
    }
}

impl<M: Send + Sync + 'static> Drop for Runnable<M> {
    #[track_caller]
    fn drop(&mut self) {
        let header = self.header;
        // SAFETY: this is the `Runnable`, and it is given up here.
        let is_here = unsafe { (header.as_ref().vtable.cancel)(header) };
        if !is_here {
            complain_about_foreign_thread();
        }
    }
}

impl<M: Send + Sync + 'static> fmt::Debug for Runnable<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runnable")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("location", &format_args!("{}", self.location()))
            .finish()
    }
}

#[cold]
#[track_caller]
fn foreign_thread() -> ! {
    panic!(
        "a task of `spawn_local` is run or dropped on another thread than the one that spawned \
         it; its future is leaked: schedule such tasks to their own thread"
    )
}

/// Panics about a local task dropped on a foreign thread, unless that would abort.
#[cold]
#[track_caller]
fn complain_about_foreign_thread() {
    #[cfg(feature = "std")]
    if std::thread::panicking() {
        return;
    }
    foreign_thread()
}
