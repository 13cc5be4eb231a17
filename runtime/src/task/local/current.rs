//! The local set that `spawn_local` spawns on, for each thread.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use plies_scheduler::LocalTasks;

thread_local! {
    static CURRENT: RefCell<Option<LocalTasks>> = const { RefCell::new(None) };
}

/// The tasks of the set that this thread is in.
pub(super) fn current() -> Option<LocalTasks> {
    CURRENT.try_with(|current| current.borrow().clone()).ok()?
}

/// Makes the set of `tasks` the current one, until the guard is dropped. While the thread ends,
/// when its context has gone, this changes nothing.
pub(super) fn enter(tasks: &LocalTasks) -> LocalEnterGuard {
    let entered = Some(tasks.clone());
    let previous = CURRENT.try_with(|current| current.replace(entered));
    LocalEnterGuard {
        previous: previous.ok().flatten(),
        this_thread: PhantomData,
    }
}

/// Keeps a [`LocalSet`](super::LocalSet) current on this thread; see
/// [`LocalSet::enter`](super::LocalSet::enter).
#[must_use = "the set is current only while the guard lives"]
pub struct LocalEnterGuard {
    previous: Option<LocalTasks>,
    this_thread: PhantomData<Rc<Cell<()>>>,
}

impl Drop for LocalEnterGuard {
    fn drop(&mut self) {
        let previous = self.previous.take();
        // What was current is dropped outside of the borrow.
        drop(CURRENT.try_with(|current| current.replace(previous)));
    }
}

impl fmt::Debug for LocalEnterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEnterGuard").finish_non_exhaustive()
    }
}
