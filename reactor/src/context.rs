//! The reactor that is current on a thread.

use std::cell::RefCell;
use std::marker::PhantomData;

use crate::handle::Handle;

thread_local! {
    static CURRENT: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

/// Keeps a reactor current on this thread; see [`Handle::enter`].
#[derive(Debug)]
#[must_use = "the reactor is current only while the guard lives"]
pub struct EnterGuard {
    previous: Option<Handle>,
    /// It belongs to the thread that entered.
    not_send: PhantomData<*const ()>,
}

pub(crate) fn enter(handle: Handle) -> EnterGuard {
    let previous = CURRENT.with(|current| current.replace(Some(handle)));
    EnterGuard {
        previous,
        not_send: PhantomData,
    }
}

impl Drop for EnterGuard {
    fn drop(&mut self) {
        let previous = self.previous.take();
        // While the thread ends, its context may be gone before this guard is.
        let left = CURRENT.try_with(|current| current.replace(previous));
        drop(left);
    }
}

/// The current reactor of this thread, if there is one.
pub(crate) fn current() -> Option<Handle> {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .ok()
        .flatten()
}
