//! What a thread knows of the runtime it is in.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::MutexGuard;

use crate::runtime::{Handle, RuntimeFlavor, TryCurrentError};

thread_local! {
    static CURRENT: RefCell<Option<Handle>> = const { RefCell::new(None) };
    /// How many guards of [`enter`] live on this thread.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static ROLE: Cell<Role> = const { Cell::new(Role::Outside) };
}

/// Whether the thread may block on a future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing is polled on this thread by a runtime: it may.
    Outside,
    /// The thread is inside `block_on` or is a worker: blocking it would stall other tasks, unless
    /// they are handed over before.
    Async,
    /// The same, and its other tasks belong to this thread.
    Bound,
}

impl Role {
    /// Of a thread that runs the tasks of such a runtime.
    pub(crate) fn inside(flavor: RuntimeFlavor) -> Self {
        match flavor {
            RuntimeFlavor::CurrentThread => Self::Bound,
            RuntimeFlavor::MultiThread => Self::Async,
        }
    }
}

/// Calls `f` with the current runtime's handle.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Handle) -> R) -> Result<R, TryCurrentError> {
    CURRENT
        .try_with(|current| {
            current
                .borrow()
                .as_ref()
                .map(f)
                .ok_or(TryCurrentError::missing())
        })
        .unwrap_or(Err(TryCurrentError::thread_ends()))
}

/// The current runtime's handle, or a panic at the caller's line that says what to do.
#[track_caller]
pub(crate) fn require() -> Handle {
    require_with(Handle::clone)
}

/// Calls `f` with the current runtime's handle, or panics as [`require`] does.
#[inline]
#[track_caller]
pub(crate) fn require_with<R>(f: impl FnOnce(&Handle) -> R) -> R {
    match with(f) {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// Makes `handle` the current runtime, until the guard is dropped.
pub(crate) fn enter(handle: Handle) -> Entered {
    let previous = CURRENT.with(|current| current.replace(Some(handle)));
    let depth = DEPTH.get() + 1;
    DEPTH.set(depth);
    Entered {
        previous,
        depth,
        this_thread: PhantomData,
    }
}

/// Puts the previous runtime back.
#[derive(Debug)]
pub(crate) struct Entered {
    previous: Option<Handle>,
    /// How many guards there were with this one: it is the last of as many to be dropped.
    depth: usize,
    /// It belongs to the thread that entered, as this does, which may be shared.
    this_thread: PhantomData<MutexGuard<'static, ()>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if DEPTH.get() != self.depth {
            // What is current belongs to a later guard: it stays.
            assert!(
                std::thread::panicking(),
                "the guards of `enter` were dropped out of order, so that this thread stays in a \
                 runtime: drop the last one first"
            );
            return;
        }
        DEPTH.set(self.depth - 1);
        let previous = self.previous.take();
        // When the thread ends, its context may have gone before this guard. What was current is
        // dropped outside of the borrow: it may be the last handle of its runtime.
        drop(CURRENT.try_with(|current| current.replace(previous)));
    }
}

/// Gives the thread `role`, until the guard is dropped.
pub(crate) fn assume(role: Role) -> Assumed {
    Assumed {
        previous: ROLE.replace(role),
        this_thread: PhantomData,
    }
}

/// Puts the previous role back.
#[derive(Debug)]
pub(crate) struct Assumed {
    previous: Role,
    this_thread: PhantomData<*const ()>,
}

impl Drop for Assumed {
    fn drop(&mut self) {
        ROLE.set(self.previous);
    }
}

/// The thread polls tasks that belong to it, until the guard is dropped.
pub(crate) fn bind() -> Assumed {
    match role() {
        // No runtime polls here: nothing is forbidden that was allowed before.
        Role::Outside => assume(Role::Outside),
        Role::Async | Role::Bound => assume(Role::Bound),
    }
}

pub(crate) fn role() -> Role {
    ROLE.get()
}
