//! The one allocation of a task.

use crate::affinity::Affinity;
use crate::error::Failure;
use crate::header::Header;
use core::future::Future;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use plies_shim::cell::UnsafeCell;

/// Header and metadata: all that a `Runnable<M>` needs to know. The metadata's place depends on
/// its own type only.
#[repr(C)]
pub(crate) struct Front<M> {
    pub(crate) header: Header,
    pub(crate) metadata: M,
}

/// Front and scheduler: all that a waker needs to know.
#[repr(C)]
pub(crate) struct Scheduled<S, M> {
    pub(crate) front: Front<M>,
    pub(crate) scheduler: S,
}

/// A whole task.
#[repr(C)]
pub(crate) struct Cell<F: Future, S, M, A> {
    pub(crate) scheduled: Scheduled<S, M>,
    pub(crate) affinity: A,
    pub(crate) stage: UnsafeCell<Stage<F>>,
}

/// The future, then its result, then nothing.
///
/// Which one it is follows from the word: the future until the holder of the `Runnable` drops it,
/// the result from `COMPLETE` on until the `JoinHandle` takes or drops it (or, with no handle
/// left, until the completer drops it just before).
pub(crate) union Stage<F: Future> {
    pub(crate) future: ManuallyDrop<F>,
    pub(crate) result: ManuallyDrop<Result<F::Output, Failure>>,
}

/// A pointer to a cell of known type.
pub(crate) struct CellPointer<F: Future, S, M, A>(pub(crate) NonNull<Cell<F, S, M, A>>);

impl<F: Future, S, M, A> Clone for CellPointer<F, S, M, A> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Future, S, M, A> Copy for CellPointer<F, S, M, A> {}

impl<F: Future, S, M, A: Affinity> CellPointer<F, S, M, A> {
    /// Puts `cell` into memory of its own.
    #[inline]
    pub(crate) fn allocate(cell: Cell<F, S, M, A>) -> Self {
        let place = crate::place::allocate::<Cell<F, S, M, A>>();
        // SAFETY: the place is fresh, and has the size and alignment of a cell.
        unsafe { place.write(cell) };
        Self(place)
    }

    /// Drops what is left of the cell and frees its memory.
    ///
    /// # Safety
    ///
    /// The caller holds the last of everything; future and result are gone.
    #[inline]
    pub(crate) unsafe fn free(self) {
        #[cfg(any(plies_loom, plies_shuttle))]
        // SAFETY: the caller is the only one left.
        unsafe {
            self.show_free();
        }
        if core::mem::needs_drop::<(S, M, A)>() || cfg!(any(plies_loom, plies_shuttle)) {
            // SAFETY: the caller is the only one left. The stage drops nothing: it is a union.
            crate::panics::contain(|| unsafe { self.0.drop_in_place() });
        } else {
            // SAFETY: as above; of what has a destructor, only the origin is not ruled out.
            unsafe { (&raw mut (*self.0.as_ptr()).scheduled.front.header.origin).drop_in_place() };
        }
        // SAFETY: the place came from `allocate` with the same type, and nobody uses it any more.
        unsafe { crate::place::free(self.0) };
    }

    /// Shows the model checkers that freeing uses every part of the cell.
    ///
    /// # Safety
    ///
    /// As [`free`](Self::free).
    #[cfg(any(plies_loom, plies_shuttle))]
    unsafe fn show_free(self) {
        // SAFETY: passed on from the caller; nothing is accessed.
        let cell = unsafe { self.0.as_ref() };
        cell.stage.with_mut(|_| ());
        cell.scheduled.front.header.join_waker.with_mut(|_| ());
    }

    #[inline]
    pub(crate) fn header(self) -> NonNull<Header> {
        self.0.cast()
    }
}

#[cfg(all(test, feature = "std", not(any(plies_loom, plies_shuttle))))]
mod tests {
    use super::*;
    use crate::affinity::AnyThread;
    use std::future::Ready;

    /// What the README says.
    #[test]
    fn sizes() {
        type Minimal = Cell<Ready<()>, (), (), AnyThread>;
        type InAPool<const N: usize> = Cell<Holding<N>, &'static (), [u64; 2], AnyThread>;

        /// A future of so many words.
        struct Holding<const N: usize>([usize; N]);
        impl<const N: usize> Future for Holding<N> {
            type Output = usize;
            fn poll(
                self: core::pin::Pin<&mut Self>,
                _: &mut core::task::Context<'_>,
            ) -> core::task::Poll<usize> {
                core::task::Poll::Ready(self.0.len())
            }
        }

        assert_eq!(size_of::<Header>(), 80);
        assert_eq!(size_of::<Minimal>(), 96);
        assert_eq!(size_of::<InAPool<3>>(), 128);
        assert_eq!(size_of::<Result<u64, Failure>>(), 16);
    }
}
