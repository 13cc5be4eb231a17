//! Counted references to the shared part of an executor: the plain one, and a task's.

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::{self, NonNull};

use crossbeam_utils::CachePadded;
use plies_shim::sync::atomic::{AtomicUsize, Ordering, fence};
use plies_task::{Cause, Registry, Schedule};

use crate::mutants::{Mutant, planted};
use crate::shared::Shared;
use crate::worker::AnyWorker;
use crate::{Attributes, Runnable, context};

/// The shared part comes first, so that a reference is its address: it saves an addition wherever
/// one is followed or compared.
#[repr(C)]
struct Counted {
    shared: Shared,
    references: CachePadded<AtomicUsize>,
}

/// A counted reference to an executor's shared part, one pointer wide.
pub(crate) struct SharedRef(NonNull<Counted>);

// SAFETY: it is shared ownership of a `Shared`, which is `Send` and `Sync`.
unsafe impl Send for SharedRef {}
// SAFETY: as for `Send`.
unsafe impl Sync for SharedRef {}

const _: () = {
    const fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<Shared>();
};

impl SharedRef {
    pub(crate) fn new(shared: Shared) -> Self {
        let counted = Counted {
            shared,
            references: CachePadded::new(AtomicUsize::new(1)),
        };
        SharedRef(NonNull::from(Box::leak(Box::new(counted))))
    }

    #[inline]
    fn counted(&self) -> &Counted {
        // SAFETY: this reference is counted, and the last counted one frees the value.
        unsafe { self.0.as_ref() }
    }

    /// Adds `n` to the count, for references that are handed out later without touching it.
    pub(crate) fn reserve(&self, n: usize) {
        let before = self.counted().references.fetch_add(n, Ordering::Relaxed);
        if before > isize::MAX as usize {
            // So many references were leaked; one more wrap would free the pool under them.
            std::process::abort();
        }
    }

    /// Gives `n` references back that were reserved and not handed out. This one stays.
    pub(crate) fn give_back(&self, n: usize) {
        self.counted().references.fetch_sub(n, Ordering::Release);
    }

    /// Hands out one of the references that [`reserve`](Self::reserve) counted. To hand out more
    /// than that would free the value early: only [`Stash`](crate::stash::Stash) calls it.
    pub(crate) fn hand_out(&self) -> Self {
        SharedRef(self.0)
    }

    /// Takes a reference back into the reserve: it stays counted.
    pub(crate) fn take_back(reference: Self) {
        std::mem::forget(reference);
    }

    pub(crate) fn is(&self, shared: &Shared) -> bool {
        ptr::eq(&raw const self.counted().shared, shared)
    }
}

impl Deref for SharedRef {
    type Target = Shared;

    #[inline]
    fn deref(&self) -> &Shared {
        &self.counted().shared
    }
}

impl Clone for SharedRef {
    fn clone(&self) -> Self {
        self.reserve(1);
        SharedRef(self.0)
    }
}

impl Drop for SharedRef {
    fn drop(&mut self) {
        let order = match planted(Mutant::ReferenceDoesNotPublish) {
            true => Ordering::Relaxed,
            false => Ordering::Release,
        };
        if self.counted().references.fetch_sub(1, order) == 1 {
            fence(Ordering::Acquire);
            // SAFETY: the count is zero: this was the last reference, and the fence makes what
            // every other one did visible here. The pointer came from `Box::leak`.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

/// A task's reference to its executor. On a worker's own thread it comes out of, and goes back
/// into, the worker's stash of counts, so that spawning and ending a task there costs no RMW.
pub(crate) struct TaskRef(ManuallyDrop<SharedRef>);

impl TaskRef {
    #[inline]
    pub(crate) fn new(shared: SharedRef) -> Self {
        TaskRef(ManuallyDrop::new(shared))
    }
}

impl Clone for TaskRef {
    fn clone(&self) -> Self {
        // SAFETY: the worker's reference does not leave this function.
        match unsafe { context::worker() } {
            Some(worker) if worker.serves(&self.0) => worker.task_ref(),
            _ => TaskRef::new(SharedRef::clone(&self.0)),
        }
    }
}

impl Drop for TaskRef {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `self` is being dropped: nobody uses the field after this.
        let reference = unsafe { ManuallyDrop::take(&mut self.0) };
        // SAFETY: the worker's reference does not leave this function.
        match unsafe { context::worker() } {
            Some(worker) if worker.serves(&reference) => worker.stash(reference),
            _ => drop(reference),
        }
    }
}

/// Where a ready task goes: to the worker of this thread, which keeps the executor alive, or to
/// the injector.
enum Ready<'a> {
    Here(&'a AnyWorker),
    Elsewhere(SharedRef),
}

impl Schedule<Attributes> for TaskRef {
    #[inline]
    fn schedule(&self, task: Runnable, cause: Cause) {
        // SAFETY: the worker's reference does not leave this function.
        match unsafe { context::worker() } {
            Some(worker) if worker.serves(&self.0) => worker.make_ready(task, cause),
            _ => self.0.make_ready(task, cause),
        }
    }

    #[inline]
    fn detached(&self) -> impl FnOnce(Runnable, Cause) + use<> {
        // SAFETY: the worker is further down this thread's stack than the call that asks, which
        // calls the result before it returns.
        let ready = match unsafe { context::worker() } {
            Some(worker) if worker.serves(&self.0) => Ready::Here(worker),
            _ => Ready::Elsewhere(SharedRef::clone(&self.0)),
        };
        move |task, cause| match ready {
            Ready::Here(worker) => worker.make_ready(task, cause),
            Ready::Elsewhere(shared) => shared.make_ready(task, cause),
        }
    }

    fn registry(&self) -> Option<&Registry<Attributes>> {
        Some(self.0.registry())
    }
}
