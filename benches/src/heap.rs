//! Memory in use: bytes of heap that are out, and pages that are resident.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::machine;

/// The system's allocator, counting the bytes that are out where that is measured: elsewhere a
/// count shared by all threads would cost more than what is measured.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static COUNTS: AtomicBool = AtomicBool::new(false);
static OUT: AtomicI64 = AtomicI64::new(0);

#[inline]
fn count(bytes: i64) {
    // Relaxed: the counts are read when all is still.
    if COUNTS.load(Ordering::Relaxed) {
        OUT.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller keeps `alloc_zeroed`'s contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        // SAFETY: the caller keeps `realloc`'s contract.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// What something added to the memory in use, in bytes.
pub struct Usage {
    heap: i64,
    resident: i64,
}

impl Usage {
    /// What `run` adds and leaves.
    pub fn of(run: impl FnOnce()) -> Self {
        COUNTS.store(true, Ordering::Relaxed);
        let (heap, resident) = (OUT.load(Ordering::Relaxed), machine::resident());
        run();
        Self {
            heap: OUT.load(Ordering::Relaxed) - heap,
            resident: machine::resident() - resident,
        }
    }

    /// Bytes of heap and resident bytes for each of `count`.
    pub fn each(&self, count: u64) -> Vec<f64> {
        vec![
            self.heap as f64 / count as f64,
            self.resident as f64 / count as f64,
        ]
    }
}
