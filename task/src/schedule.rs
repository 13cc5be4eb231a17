//! What a task needs of its scheduler.

use crate::{Registry, Runnable};

/// Why a task became ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It was spawned, and never polled yet.
    Spawned,
    /// Something woke it while it was idle; or it is to be cancelled, because it was aborted or
    /// because nothing is left that could ever wake it.
    Woken,
    /// It was woken during its own poll, which returned `Pending`. It belongs behind the tasks
    /// that are ready already, or they starve.
    Yielded,
}

/// Where tasks go when they become ready.
///
/// A task owns one of these, so it is usually a counted reference to an executor. It is dropped
/// with the task's cell: on any thread, at the last of its wakers and handles.
///
/// Whoever gives the task away in the call [detaches](Self::detached) it first, so that what it
/// uses stays valid for all of the call, even if the task runs elsewhere, ends, and is freed
/// meanwhile. That is a clone, which should be cheap: a `&'static`, a zero-sized type, or a
/// reference count. By-reference wakes and aborts do without.
///
/// ```
/// use plies_task::{Cause, Runnable, Schedule};
/// use std::sync::mpsc;
///
/// #[derive(Clone)]
/// struct Queue(mpsc::Sender<Runnable>);
///
/// impl Schedule for Queue {
///     fn schedule(&self, task: Runnable, _cause: Cause) {
///         // A queue that is gone drops the task, which cancels it.
///         let _ = self.0.send(task);
///     }
/// }
/// ```
pub trait Schedule<M = ()>: Clone + Send + Sync + 'static
where
    M: Send + Sync + 'static,
{
    /// Takes a ready task, to [run](Runnable::run) it once, soon, on any thread.
    ///
    /// Called by whoever wakes, aborts or polls the task, and by [`Runnable::schedule`]. To
    /// drop `task` here is to cancel it. A panic in here cancels it too and goes to that caller.
    fn schedule(&self, task: Runnable<M>, cause: Cause);

    /// [`schedule`](Self::schedule) for a call during which `self` may be dropped.
    ///
    /// The default clones `self`. An executor whose threads keep it alive can do better: it finds
    /// out here which thread this is, and counts a reference on foreign ones only. What it returns
    /// is called once, at once, on the same thread.
    #[inline]
    fn detached(&self) -> impl FnOnce(Runnable<M>, Cause) + use<Self, M> {
        let scheduler = self.clone();
        move |task, cause| scheduler.schedule(task, cause)
    }

    /// The table of live tasks, if this executor keeps one: always the same one. Asked around each
    /// poll, so it should take no search; of an executor that has none, nothing is left of it.
    fn registry(&self) -> Option<&Registry<M>> {
        None
    }
}
