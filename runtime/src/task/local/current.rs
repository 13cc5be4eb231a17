//! The local set that `spawn_local` spawns on, for each thread.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use super::queue::Queue;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Queue>>> = const { RefCell::new(None) };
}

/// The queue of the set that this thread is in.
pub(super) fn current() -> Option<Arc<Queue>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok()?
}

/// Makes the set of `queue` the current one, until the guard is dropped. While the thread ends,
/// when its context has gone, this changes nothing.
pub(super) fn enter(queue: &Arc<Queue>) -> LocalEnterGuard {
    let entered = Some(queue.clone());
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
    previous: Option<Arc<Queue>>,
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
