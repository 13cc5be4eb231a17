//! Blocks of 128 bytes, aligned to 128, for small cells.
//!
//! Each thread keeps two *magazines*, lists of up to [`BATCH`] free blocks, and works on the
//! loaded one without any synchronisation. With both empty, or both full, it exchanges one whole
//! magazine with the *depot* that all threads share; so a thread that only spawns and one that
//! only frees meet on a lock once in `BATCH` tasks. Blocks come from the allocator `BATCH` at a
//! time, and are never given back to it: the process keeps as many as it had small tasks at once.
//!
//! Cells of two tasks never share a cache line, nor the pair of lines that processors fetch
//! together, so workers that poll different tasks do not disturb each other.

use alloc::alloc::{alloc, handle_alloc_error};
use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

const BLOCK: usize = 128;
const BATCH: usize = 64;

/// A free block.
#[repr(align(128))]
pub(crate) struct Block {
    next: Option<NonNull<Block>>,
    /// In the first block of a magazine in the depot only.
    shelf: Shelf,
}

/// What the depot knows of a magazine.
struct Shelf {
    next: Option<NonNull<Block>>,
    len: usize,
}

const _: () = assert!(size_of::<Block>() == BLOCK && align_of::<Block>() == BLOCK);

/// Does a `T` go into a block?
#[inline(always)]
pub(crate) const fn fits<T>() -> bool {
    size_of::<T>() <= BLOCK && align_of::<T>() <= BLOCK
}

/// A free block, now the caller's.
#[inline]
pub(crate) fn allocate() -> NonNull<Block> {
    match LOCAL.try_with(Local::allocate) {
        Ok(block) => block,
        Err(_) => without_local(Local::allocate),
    }
}

/// Takes a block back.
///
/// # Safety
///
/// It came from [`allocate`], and is not used any more.
#[inline]
pub(crate) unsafe fn free(block: NonNull<Block>) {
    if LOCAL.try_with(|local| local.free(block)).is_err() {
        without_local(|local| local.free(block));
    }
}

/// For a thread whose magazines are gone already: takes them from the depot and gives them back.
#[cold]
fn without_local<R>(work: impl FnOnce(&Local) -> R) -> R {
    work(&Local::new())
}

std::thread_local! {
    static LOCAL: Local = const { Local::new() };
}

/// The magazines of a thread.
struct Local {
    loaded: Cell<Magazine>,
    /// Full or empty.
    other: Cell<Magazine>,
}

/// A list of free blocks, which whoever has it owns.
#[derive(Clone, Copy)]
struct Magazine {
    first: Option<NonNull<Block>>,
    len: usize,
}

impl Magazine {
    const EMPTY: Self = Self {
        first: None,
        len: 0,
    };
}

impl Local {
    const fn new() -> Self {
        Self {
            loaded: Cell::new(Magazine::EMPTY),
            other: Cell::new(Magazine::EMPTY),
        }
    }

    #[inline]
    fn allocate(&self) -> NonNull<Block> {
        let Magazine { first, len } = self.loaded.get();
        let Some(first) = first else {
            return self.reload();
        };
        // SAFETY: the magazine owns its blocks, whose links `free` or `fresh` has written.
        let next = unsafe { (&raw const (*first.as_ptr()).next).read() };
        self.loaded.set(Magazine {
            first: next,
            len: len - 1,
        });
        first
    }

    #[inline]
    fn free(&self, block: NonNull<Block>) {
        if self.loaded.get().len == BATCH {
            self.unload();
        }
        let Magazine { first, len } = self.loaded.get();
        // SAFETY: the block is ours from now on.
        unsafe { (&raw mut (*block.as_ptr()).next).write(first) };
        self.loaded.set(Magazine {
            first: Some(block),
            len: len + 1,
        });
    }

    /// Loads a magazine with blocks in it, and allocates from that.
    #[cold]
    fn reload(&self) -> NonNull<Block> {
        let mut full = self.other.replace(Magazine::EMPTY);
        if full.first.is_none() {
            full = Depot::take().unwrap_or_else(fresh);
        }
        self.loaded.set(full);
        self.allocate()
    }

    /// Puts the full magazine aside, and loads an empty one.
    #[cold]
    fn unload(&self) {
        let full = self.loaded.replace(Magazine::EMPTY);
        Depot::put(self.other.replace(full));
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        Depot::put(self.loaded.get());
        Depot::put(self.other.get());
    }
}

/// A magazine of blocks that were never used.
fn fresh() -> Magazine {
    let layout = Layout::new::<[Block; BATCH]>();
    // SAFETY: the layout's size is not zero.
    let blocks = unsafe { alloc(layout) }.cast::<Block>();
    let Some(first) = NonNull::new(blocks) else {
        handle_alloc_error(layout)
    };
    for index in 0..BATCH {
        // SAFETY: both are within the allocation, or not used.
        unsafe {
            let next = (index + 1 < BATCH).then(|| first.add(index + 1));
            (&raw mut (*first.add(index).as_ptr()).next).write(next);
        }
    }
    Magazine {
        first: Some(first),
        len: BATCH,
    }
}

/// Magazines that no thread has: a stack, linked through their first blocks; full ones, and what
/// was left to threads that have ended.
struct Depot {
    top: Option<NonNull<Block>>,
}

// SAFETY: free blocks belong to whoever holds the list they are in, on any thread.
unsafe impl Send for Depot {}

static DEPOT: Mutex<Depot> = Mutex::new(Depot { top: None });

impl Depot {
    fn take() -> Option<Magazine> {
        let mut depot = DEPOT.lock().unwrap_or_else(PoisonError::into_inner);
        let first = depot.top?;
        // SAFETY: the depot owns its blocks, and `put` has written this.
        let Shelf { next, len } = unsafe { (&raw const (*first.as_ptr()).shelf).read() };
        depot.top = next;
        Some(Magazine {
            first: Some(first),
            len,
        })
    }

    fn put(magazine: Magazine) {
        let Magazine {
            first: Some(first),
            len,
        } = magazine
        else {
            return;
        };
        let mut depot = DEPOT.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = Shelf {
            next: depot.top,
            len,
        };
        // SAFETY: the magazine's blocks are ours until the depot has them.
        unsafe { (&raw mut (*first.as_ptr()).shelf).write(shelf) };
        depot.top = Some(first);
    }
}
