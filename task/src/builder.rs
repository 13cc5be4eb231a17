//! Spawning.

use crate::affinity::{Affinity, AnyThread};
use crate::cell::{Cell, CellPointer, Front, Scheduled, Stage};
use crate::harness::VtableOf;
use crate::header::{Header, Polls};
use crate::origin::Origin;
use crate::registry::Link;
use crate::state::State;
use crate::{Id, JoinHandle, Runnable, Schedule};
use alloc::boxed::Box;
use core::fmt;
use core::future::Future;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::panic::Location;
use plies_shim::cell::UnsafeCell;

/// Makes a task of `future`. Neither polls nor schedules it: [`Runnable::schedule`] hands it to
/// `scheduler`.
///
/// ```
/// use plies_task::{Cause, Runnable, Schedule};
///
/// #[derive(Clone)]
/// struct Inline;
///
/// impl Schedule for Inline {
///     fn schedule(&self, task: Runnable, _cause: Cause) {
///         task.run();
///     }
/// }
///
/// let (runnable, handle) = plies_task::spawn(async { println!("hello") }, Inline);
/// runnable.schedule();
/// assert!(handle.is_finished());
/// ```
#[inline]
#[track_caller]
pub fn spawn<F, S>(future: F, scheduler: S) -> (Runnable, JoinHandle<F::Output>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    S: Schedule,
{
    Builder::new().spawn(future, scheduler)
}

/// [`spawn`] with a name or metadata.
///
/// ```
/// # use plies_task::{Cause, Runnable, Schedule};
/// # #[derive(Clone)] struct ByPriority;
/// # impl Schedule<Priority> for ByPriority {
/// #     fn schedule(&self, task: Runnable<Priority>, _: Cause) { task.run(); }
/// # }
/// use plies_task::Builder;
///
/// struct Priority(u8);
///
/// let (runnable, _handle) = Builder::new()
///     .name("compaction")
///     .metadata(Priority(3))
///     .spawn(async {}, ByPriority);
/// assert_eq!(runnable.metadata().0, 3);
/// assert_eq!(runnable.name(), Some("compaction"));
/// ```
#[must_use = "a Builder does nothing until it spawns"]
pub struct Builder<M = ()> {
    name: Option<Box<str>>,
    metadata: M,
}

impl Builder {
    /// No name, and `()` for metadata.
    #[inline]
    pub fn new() -> Self {
        Self {
            name: None,
            metadata: (),
        }
    }
}

impl<M> Builder<M> {
    /// Names the task, for diagnostics. A task without a name costs nothing for it.
    #[inline]
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Attaches what schedulers and observers want to know of the task. It lies in the task's
    /// one allocation, and [`Runnable::metadata`] reads it.
    #[inline]
    pub fn metadata<N: Send + Sync + 'static>(self, metadata: N) -> Builder<N> {
        Builder {
            name: self.name,
            metadata,
        }
    }
}

impl<M: Send + Sync + 'static> Builder<M> {
    /// Makes a task of `future`, as [`spawn`] does.
    #[inline]
    #[track_caller]
    pub fn spawn<F, S>(self, future: F, scheduler: S) -> (Runnable<M>, JoinHandle<F::Output>)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
        S: Schedule<M>,
    {
        // SAFETY: the bounds say all that the caller would have to.
        unsafe { self.spawn_with(future, scheduler, AnyThread, Location::caller()) }
    }

    /// Makes a task of a future that is not `Send`, and binds it to this thread.
    ///
    /// The scheduler must bring it back here: to run or drop it on another thread panics there,
    /// leaks the future, and completes the task as cancelled. Its wakers may go anywhere.
    ///
    /// ```
    /// # use plies_task::{Cause, Outcome, Runnable, Schedule};
    /// # #[derive(Clone)] struct Forget;
    /// # impl Schedule for Forget { fn schedule(&self, _: Runnable, _: Cause) {} }
    /// let shared = std::rc::Rc::new(1);
    /// let (runnable, _handle) =
    ///     plies_task::Builder::new().spawn_local(async move { *shared }, Forget);
    /// assert_eq!(runnable.run(), Outcome::Complete);
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    #[track_caller]
    pub fn spawn_local<F, S>(self, future: F, scheduler: S) -> (Runnable<M>, JoinHandle<F::Output>)
    where
        F: Future + 'static,
        F::Output: 'static,
        S: Schedule<M>,
    {
        let here = crate::affinity::ThisThread::new();
        // SAFETY: everything is `'static`. The future is touched on its own thread only, which
        // the affinity checks; the result is dropped there too, or belongs to the handle, which
        // is not `Send` unless the result is.
        unsafe { self.spawn_with(future, scheduler, here, Location::caller()) }
    }

    /// Makes a task of a future that may borrow, or that may not be `Send`, without any check.
    ///
    /// # Safety
    ///
    /// - What the future borrows must live until the task is complete, which it need not be when
    ///   its handle is dropped.
    /// - If the future is not `Send`, the `Runnable` must be run and dropped on this thread only.
    /// - If the result is not `Send`, the task must moreover not outlive its handle.
    #[inline]
    #[track_caller]
    pub unsafe fn spawn_unchecked<F, S>(
        self,
        future: F,
        scheduler: S,
    ) -> (Runnable<M>, JoinHandle<F::Output>)
    where
        F: Future,
        S: Schedule<M>,
    {
        // SAFETY: passed on from the caller.
        unsafe { self.spawn_with(future, scheduler, AnyThread, Location::caller()) }
    }

    /// # Safety
    ///
    /// As [`spawn_unchecked`](Self::spawn_unchecked), as far as `affinity` does not check it.
    #[inline]
    unsafe fn spawn_with<F, S, A>(
        self,
        future: F,
        scheduler: S,
        affinity: A,
        location: &'static Location<'static>,
    ) -> (Runnable<M>, JoinHandle<F::Output>)
    where
        F: Future,
        S: Schedule<M>,
        A: Affinity,
    {
        let header = Header {
            state: State::spawned(),
            vtable: VtableOf::<F, S, M, A>::VTABLE,
            join_waker: UnsafeCell::new(MaybeUninit::uninit()),
            link: Link::new(),
            polls: Polls::new(),
            id: Id::next(),
            origin: Origin::new(location, self.name),
        };
        let front = Front {
            header,
            metadata: self.metadata,
        };
        let cell = Cell {
            scheduled: Scheduled { front, scheduler },
            affinity,
            stage: UnsafeCell::new(Stage {
                future: ManuallyDrop::new(future),
            }),
        };
        let header = CellPointer::allocate(cell).header();
        // SAFETY: the fresh word says queued, with one reference and join interest: they are for
        // these two, whose types are those of the cell.
        unsafe { (Runnable::from_header(header), JoinHandle::new(header)) }
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> fmt::Debug for Builder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
