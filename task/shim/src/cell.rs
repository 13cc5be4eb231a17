//! A cell whose accesses the model checkers see.

#[cfg(plies_loom)]
pub use loom::cell::UnsafeCell;

#[cfg(not(plies_loom))]
pub use plain::UnsafeCell;

#[cfg(not(plies_loom))]
mod plain {
    #[cfg(plies_shuttle)]
    use super::overlap::Overlap;

    /// [`core::cell::UnsafeCell`] with loom's interface: every access is a closure, so that a
    /// model checker knows when it begins and when it ends.
    ///
    /// Under std it is the core type and nothing else. Under shuttle it panics when a mutable
    /// access overlaps any other.
    ///
    /// ```
    /// use plies_shim::cell::UnsafeCell;
    ///
    /// let cell = UnsafeCell::new(1);
    /// // SAFETY: the cell is a local: nothing else reaches it.
    /// cell.with_mut(|value| unsafe { *value += 1 });
    /// assert_eq!(cell.into_inner(), 2);
    /// ```
    #[derive(Debug, Default)]
    pub struct UnsafeCell<T: ?Sized> {
        #[cfg(plies_shuttle)]
        overlap: Overlap,
        value: core::cell::UnsafeCell<T>,
    }

    impl<T> UnsafeCell<T> {
        /// A cell holding `value`.
        #[inline(always)]
        pub const fn new(value: T) -> Self {
            Self {
                #[cfg(plies_shuttle)]
                overlap: Overlap::new(),
                value: core::cell::UnsafeCell::new(value),
            }
        }

        /// The value, out of its cell.
        #[inline(always)]
        pub fn into_inner(self) -> T {
            self.value.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        /// Calls `access` with a pointer it may read through.
        #[inline(always)]
        pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
            #[cfg(plies_shuttle)]
            let _reading = self.overlap.read();
            access(self.value.get())
        }

        /// Calls `access` with a pointer it may write through.
        #[inline(always)]
        pub fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
            #[cfg(plies_shuttle)]
            let _writing = self.overlap.write();
            access(self.value.get())
        }
    }
}

/// Tells overlapping accesses under shuttle, which switches threads at synchronisation only: an
/// overlap shows when an access is still open at such a switch.
#[cfg(plies_shuttle)]
mod overlap {
    use std::sync::atomic::{AtomicIsize, Ordering};

    /// Readers when positive, a writer when -1.
    #[derive(Debug, Default)]
    pub(super) struct Overlap(AtomicIsize);

    pub(super) struct Access<'a>(&'a Overlap, isize);

    impl Overlap {
        pub(super) const fn new() -> Self {
            Self(AtomicIsize::new(0))
        }

        pub(super) fn read(&self) -> Access<'_> {
            assert!(
                self.0.load(Ordering::Relaxed) >= 0,
                "a cell is read while it is written"
            );
            self.0.fetch_add(1, Ordering::Relaxed);
            Access(self, 1)
        }

        pub(super) fn write(&self) -> Access<'_> {
            let old = self.0.swap(-1, Ordering::Relaxed);
            assert!(old == 0, "a cell is written while it is in use");
            Access(self, -1)
        }
    }

    impl Drop for Access<'_> {
        fn drop(&mut self) {
            self.0.0.fetch_sub(self.1, Ordering::Relaxed);
        }
    }
}
