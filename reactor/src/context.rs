//! The reactor that is current on a thread.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::MutexGuard;

use crate::handle::Handle;

/// How many spare handles a thread keeps.
const SPARES: usize = 32;

/// The current reactor, with handles that timers on this thread have given back: lending one out
/// again costs no atomic operation, which is a fifth of what arming a timer costs.
#[derive(Debug)]
struct Current {
    handle: Handle,
    spares: Vec<Handle>,
}

#[cfg(not(any(plies_loom, plies_shuttle)))]
thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

// The model checkers' thread-locals know no `const` initialisers.
#[cfg(any(plies_loom, plies_shuttle))]
plies_shim::thread_local! {
    static CURRENT: RefCell<Option<Current>> = RefCell::new(None);
}

/// Keeps a reactor current on this thread; see [`Handle::enter`].
#[derive(Debug)]
#[must_use = "the reactor is current only while the guard lives"]
pub struct EnterGuard {
    previous: Option<Current>,
    /// It belongs to the thread that entered, as this does, which may be shared.
    not_send: PhantomData<MutexGuard<'static, ()>>,
}

pub(crate) fn enter(handle: Handle) -> EnterGuard {
    let current = Current {
        handle,
        spares: Vec::new(),
    };
    let previous = CURRENT.with(|slot| slot.replace(Some(current)));
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
#[inline]
pub(crate) fn current() -> Option<Handle> {
    let lend = |current: &mut Current| {
        current
            .spares
            .pop()
            .unwrap_or_else(|| current.handle.clone())
    };
    CURRENT
        .try_with(|current| current.borrow_mut().as_mut().map(lend))
        .ok()
        .flatten()
}

/// Takes back a handle that `current` returned, if there is a use for it.
#[inline]
pub(crate) fn give_back(handle: Handle) {
    let mut handle = Some(handle);
    let _ = CURRENT.try_with(|current| {
        if let Some(current) = &mut *current.borrow_mut()
            && current.spares.len() < SPARES
        {
            current
                .spares
                .extend(handle.take_if(|handle| *handle == current.handle));
        }
    });
    // What is left is dropped here, with nothing borrowed: it may be the last of its reactor.
    drop(handle);
}

/// Where the shared part of this thread's current reactor is, or zero.
pub(crate) fn current_address() -> usize {
    let address = |current: &Current| current.handle.address();
    CURRENT
        .try_with(|current| current.borrow().as_ref().map_or(0, address))
        .unwrap_or(0)
}
