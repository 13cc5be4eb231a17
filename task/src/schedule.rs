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
/// It is cloned before [`schedule`](Self::schedule) is called by somebody who gives the task away
/// in that call, so that `&self` stays valid for all of it, even if the task runs elsewhere, ends,
/// and is freed meanwhile. Make the clone cheap: a `&'static`, a zero-sized type, or a reference
/// count. By-reference wakes and aborts do not clone.
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

    /// The table of live tasks, if this executor keeps one. Asked before the first poll of a
    /// task, and when that returns `Pending`.
    fn registry(&self) -> Option<&Registry<M>> {
        None
    }
}
