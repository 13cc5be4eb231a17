//! Memory for cells.

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::alloc::Layout;
use core::ptr::NonNull;

/// Uninitialised memory for a `T`.
#[inline]
pub(crate) fn allocate<T>() -> NonNull<T> {
    const { assert!(size_of::<T>() > 0) };
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
    // SAFETY: the caller vouches for the place, and the layout is that of `allocate`.
    unsafe { dealloc(place.as_ptr().cast(), Layout::new::<T>()) };
}
