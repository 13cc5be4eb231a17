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

    pub(crate) const fn fits<T>() -> bool {
        const { assert!(size_of::<T>() > 0) };
        false
    }

    pub(crate) fn allocate() -> NonNull<Block> {
        unreachable!("no type fits")
    }

    pub(crate) unsafe fn free(_block: NonNull<Block>) {
        unreachable!("no type fits")
    }
}

/// Uninitialised memory for a `T`.
#[inline]
pub(crate) fn allocate<T>() -> NonNull<T> {
    const { assert!(size_of::<T>() > 0) };
    if slab::fits::<T>() {
        return slab::allocate().cast();
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
    if slab::fits::<T>() {
        // SAFETY: by the same condition, it came from the slab; the caller vouches for the rest.
        return unsafe { slab::free(place.cast()) };
    }
    // SAFETY: the caller vouches for the place, and the layout is that of `allocate`.
    unsafe { dealloc(place.as_ptr().cast(), Layout::new::<T>()) };
}
