//! Memory for cells: small ones from the slab, larger ones from the allocator.

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::alloc::Layout;
use core::ptr::NonNull;

// The model checkers and the sanitizers watch the allocator, and must see every cell come and go.
#[cfg(all(
    feature = "std",
    not(any(plies_loom, plies_shuttle, plies_plain_cells))
))]
mod slab;

/// No slab: every cell comes from the allocator.
#[cfg(not(all(
    feature = "std",
    not(any(plies_loom, plies_shuttle, plies_plain_cells))
)))]
mod slab {
    use core::ptr::NonNull;

    pub(crate) enum Block {}
    pub(crate) enum Class {}

    impl Class {
        pub(crate) const fn of<T>() -> Option<Self> {
            None
        }
    }

    pub(crate) fn allocate(class: Class) -> NonNull<Block> {
        match class {}
    }

    pub(crate) unsafe fn free(class: Class, _block: NonNull<Block>) {
        match class {}
    }
}

/// Uninitialised memory for a `T`.
#[inline]
pub(crate) fn allocate<T>() -> NonNull<T> {
    const { assert!(size_of::<T>() > 0) };
    if let Some(class) = const { slab::Class::of::<T>() } {
        return slab::allocate(class).cast();
    }
    let layout = Layout::new::<T>();
    // SAFETY: the layout's size is not zero, as asserted.
    let place = unsafe { alloc(layout) };
    NonNull::new(place.cast()).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Gives the memory back.
///
/// # Safety
///
/// `place` came from [`allocate`] with the same `T`, and is not used any more.
#[inline]
pub(crate) unsafe fn free<T>(place: NonNull<T>) {
    if let Some(class) = const { slab::Class::of::<T>() } {
        // SAFETY: by the same condition, it came from the slab, and from this class; the caller
        // vouches for the rest.
        return unsafe { slab::free(class, place.cast()) };
    }
    // SAFETY: the caller vouches for the place, and the layout is that of `allocate`.
    unsafe { dealloc(place.as_ptr().cast(), Layout::new::<T>()) };
}
