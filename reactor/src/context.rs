//! The reactor that is current on a thread.

use std::cell::RefCell;
use std::marker::PhantomData;

use crate::handle::Handle;

#[cfg(not(any(plies_loom, plies_shuttle)))]
thread_local! {
    static CURRENT: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

// The model checkers' thread-locals know no `const` initialisers.
#[cfg(any(plies_loom, plies_shuttle))]
plies_shim::thread_local! {
    static CURRENT: RefCell<Option<Handle>> = RefCell::new(None);
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

/// Where the shared part of this thread's current reactor is, or zero.
pub(crate) fn current_address() -> usize {
    CURRENT
        .try_with(|current| current.borrow().as_ref().map_or(0, Handle::address))
        .unwrap_or(0)
}
