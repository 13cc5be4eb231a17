//! Blocks for cells, in classes of 128 to 1,024 bytes.
//!
//! Each thread keeps two *magazines* of each class, lists of free blocks, and works on the loaded
//! one without any synchronisation. With both empty, or both full, it exchanges one whole magazine
//! with the class's *depot*, which all threads share; so a thread that only spawns and one that
//! only frees meet on a lock once in a magazine of tasks. (Bonwick and Adams, "Magazines and
//! Vmem", 2001.) Blocks come from the allocator a magazine at a time, and are never given back to
//! it: the process keeps as many of a class as it had tasks of that size at once.
//!
//! Cells of two tasks never share a cache line, and the smallest ones not even the pair of lines
//! that processors fetch together, so workers that poll different tasks do not disturb each other.

use alloc::alloc::{alloc, handle_alloc_error};
use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The size of the smallest blocks, which are aligned to as much.
const SMALLEST: usize = 128;
/// The size of the largest blocks.
const LARGEST: usize = 1024;
/// What two classes differ by, and the alignment of all but the first.
const STEP: usize = 64;
/// How many classes there are.
const CLASSES: usize = (LARGEST - SMALLEST) / STEP + 1;
/// The bytes of a full magazine, about.
const MAGAZINE: usize = 8192;

/// Blocks of one size.
#[derive(Clone, Copy)]
pub(crate) struct Class(usize);

impl Class {
    /// Whose blocks hold a `T`, if any does.
    pub(crate) const fn of<T>() -> Option<Self> {
        let size = size_of::<T>();
        let class = match size {
            ..=SMALLEST => Class(0),
            _ => Class((size - SMALLEST).div_ceil(STEP)),
        };
        if size <= LARGEST && align_of::<T>() <= class.align() {
            Some(class)
        } else {
            None
        }
    }

    const fn size(self) -> usize {
        SMALLEST + self.0 * STEP
    }

    const fn align(self) -> usize {
        if self.0 == 0 { SMALLEST } else { STEP }
    }

    /// How many blocks a full magazine has.
    const fn batch(self) -> usize {
        MAGAZINE / self.size()
    }
}

/// The front of a free block.
#[repr(C)]
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

const _: () = assert!(size_of::<Block>() <= SMALLEST && align_of::<Block>() <= STEP);

/// A free block, now the caller's.
#[inline]
pub(crate) fn allocate(class: Class) -> NonNull<Block> {
    match LOCAL.try_with(|local| local.0[class.0].allocate(class)) {
        Ok(block) => block,
        Err(_) => without_local(class, |local| local.allocate(class)),
    }
}

/// Takes a block back.
///
/// # Safety
///
/// It came from [`allocate`] with the same class, and is not used any more.
#[inline]
pub(crate) unsafe fn free(class: Class, block: NonNull<Block>) {
    if LOCAL
        .try_with(|local| local.0[class.0].free(class, block))
        .is_err()
    {
        without_local(class, |local| local.free(class, block));
    }
}

/// For a thread whose magazines are gone already: takes them from the depot and gives them back.
#[cold]
fn without_local<R>(class: Class, work: impl FnOnce(&Local) -> R) -> R {
    let local = Local::new();
    let result = work(&local);
    local.give_up(class);
    result
}

std::thread_local! {
    static LOCAL: Locals = const { Locals([const { Local::new() }; CLASSES]) };
}

/// A thread's magazines, by class.
struct Locals([Local; CLASSES]);

impl Drop for Locals {
    fn drop(&mut self) {
        for (class, local) in self.0.iter().enumerate() {
            local.give_up(Class(class));
        }
    }
}

/// A thread's magazines of one class.
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
    fn allocate(&self, class: Class) -> NonNull<Block> {
        let Magazine { first, len } = self.loaded.get();
        let Some(first) = first else {
            return self.reload(class);
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
    fn free(&self, class: Class, block: NonNull<Block>) {
        if self.loaded.get().len == class.batch() {
            self.unload(class);
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
    fn reload(&self, class: Class) -> NonNull<Block> {
        let mut full = self.other.replace(Magazine::EMPTY);
        if full.first.is_none() {
            full = Depot::take(class).unwrap_or_else(|| fresh(class));
        }
        self.loaded.set(full);
        self.allocate(class)
    }

    /// Puts the full magazine aside, and loads an empty one.
    #[cold]
    fn unload(&self, class: Class) {
        let full = self.loaded.replace(Magazine::EMPTY);
        Depot::put(class, self.other.replace(full));
    }

    /// Leaves everything to the other threads.
    fn give_up(&self, class: Class) {
        Depot::put(class, self.loaded.replace(Magazine::EMPTY));
        Depot::put(class, self.other.replace(Magazine::EMPTY));
    }
}

/// A magazine of blocks that were never used.
fn fresh(class: Class) -> Magazine {
    let (size, len) = (class.size(), class.batch());
    let Ok(layout) = Layout::from_size_align(size * len, class.align()) else {
        unreachable!("a magazine is small, and its alignment a power of two")
    };
    // SAFETY: the layout's size is not zero.
    let Some(blocks) = NonNull::new(unsafe { alloc(layout) }) else {
        handle_alloc_error(layout)
    };
    // SAFETY: the block is within the allocation.
    let block = |index| unsafe { blocks.add(index * size).cast::<Block>() };
    for index in 0..len {
        let next = (index + 1 < len).then(|| block(index + 1));
        // SAFETY: nobody else has the blocks yet, whose size and alignment are enough for a
        // `Block`.
        unsafe { (&raw mut (*block(index).as_ptr()).next).write(next) };
    }
    Magazine {
        first: Some(block(0)),
        len,
    }
}

/// Magazines of one class that no thread has: a stack, linked through their first blocks; full
/// ones, and what was left to threads that have ended.
struct Depot {
    top: Option<NonNull<Block>>,
}

// SAFETY: free blocks belong to whoever holds the list they are in, on any thread.
unsafe impl Send for Depot {}

/// On cache lines of its own, or one class's lock would disturb another's.
#[repr(align(128))]
struct Shared(Mutex<Depot>);

static DEPOTS: [Shared; CLASSES] = [const { Shared(Mutex::new(Depot { top: None })) }; CLASSES];

impl Depot {
    fn lock(class: Class) -> MutexGuard<'static, Depot> {
        let Shared(depot) = &DEPOTS[class.0];
        depot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(class: Class) -> Option<Magazine> {
        let mut depot = Self::lock(class);
        let first = depot.top?;
        // SAFETY: the depot owns its blocks, and `put` has written this.
        let Shelf { next, len } = unsafe { (&raw const (*first.as_ptr()).shelf).read() };
        depot.top = next;
        Some(Magazine {
            first: Some(first),
            len,
        })
    }

    fn put(class: Class, magazine: Magazine) {
        let Magazine {
            first: Some(first),
            len,
        } = magazine
        else {
            return;
        };
        let mut depot = Self::lock(class);
        let shelf = Shelf {
            next: depot.top,
            len,
        };
        // SAFETY: the magazine's blocks are ours until the depot has them.
        unsafe { (&raw mut (*first.as_ptr()).shelf).write(shelf) };
        depot.top = Some(first);
    }
}
