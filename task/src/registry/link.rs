//! A task's place in a shard of the registry: a doubly linked list through the cells.

use crate::header::Header;
use core::ptr::NonNull;
use plies_shim::cell::UnsafeCell;
use plies_shim::sync::Mutex;

/// One part of a registry, on cache lines of its own.
#[repr(align(128))]
pub(crate) struct Shard {
    pub(crate) list: Mutex<List>,
}

impl Shard {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            list: Mutex::new(List {
                head: None,
                len: 0,
                closed: false,
            }),
        }
    }
}

/// The tasks of a shard. Reached through its lock only.
pub(crate) struct List {
    head: Option<NonNull<Header>>,
    len: usize,
    closed: bool,
}

// SAFETY: the cells it points to are alive while they are listed, and what is touched of them
// through the list may be touched from any thread.
unsafe impl Send for List {}

/// The part of a cell that a list uses.
pub(crate) struct Link {
    /// Where the task is listed. Only the holder of its `Runnable` touches this.
    shard: UnsafeCell<Option<NonNull<Shard>>>,
    /// Only touched with the shard locked.
    neighbours: UnsafeCell<Neighbours>,
}

struct Neighbours {
    previous: Option<NonNull<Header>>,
    next: Option<NonNull<Header>>,
}

impl Link {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            shard: UnsafeCell::new(None),
            neighbours: UnsafeCell::new(Neighbours {
                previous: None,
                next: None,
            }),
        }
    }

    /// Is the task in a registry?
    ///
    /// # Safety
    ///
    /// The caller holds the task's `Runnable`.
    #[inline]
    pub(crate) unsafe fn is_listed(&self) -> bool {
        // SAFETY: the `Runnable` gives the right to `shard`.
        self.shard.with(|shard| unsafe { (*shard).is_some() })
    }

    /// Takes a task out of the registry, if it is in one.
    ///
    /// # Safety
    ///
    /// The caller holds the task's `Runnable`.
    #[inline]
    pub(crate) unsafe fn leave(header: NonNull<Header>) {
        // SAFETY: the `Runnable` keeps the cell alive, and gives the right to `shard`.
        let shard = unsafe { header.as_ref().link.shard.with_mut(|shard| (*shard).take()) };
        if let Some(shard) = shard {
            // SAFETY: who inserted the task vouched for the registry until now, and it is listed
            // there, since `shard` says so.
            unsafe { shard.as_ref().list.lock().remove(header) };
        }
    }
}

impl List {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    #[inline]
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// The listed tasks, last entered first.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = NonNull<Header>> {
        // SAFETY: listed cells are alive, and the list is locked: it is borrowed.
        core::iter::successors(self.head, |header| unsafe {
            neighbours(*header, |neighbours| neighbours.next)
        })
    }

    /// Enters a task.
    ///
    /// # Safety
    ///
    /// The caller holds its `Runnable`; it is in no list; this is the list of `shard`.
    #[inline]
    pub(crate) unsafe fn push(&mut self, header: NonNull<Header>, shard: &Shard) {
        // SAFETY: the `Runnable` gives the right to `shard`, the lock the one to the neighbours;
        // the old head is listed, so alive.
        unsafe {
            let link = &header.as_ref().link;
            link.shard
                .with_mut(|place| *place = Some(NonNull::from(shard)));
            neighbours(header, |new| new.next = self.head);
            if let Some(head) = self.head {
                neighbours(head, |old| old.previous = Some(header));
            }
        }
        self.head = Some(header);
        self.len += 1;
    }

    /// Takes a task out.
    ///
    /// # Safety
    ///
    /// It is in this list.
    #[inline]
    unsafe fn remove(&mut self, header: NonNull<Header>) {
        // SAFETY: it is listed, and so are its neighbours: all of them are alive.
        unsafe {
            let (previous, next) =
                neighbours(header, |gone| (gone.previous.take(), gone.next.take()));
            match previous {
                Some(previous) => neighbours(previous, |previous| previous.next = next),
                None => self.head = next,
            }
            if let Some(next) = next {
                neighbours(next, |next| next.previous = previous);
            }
        }
        self.len -= 1;
    }
}

/// # Safety
///
/// The cell is alive and its list is locked.
#[inline]
unsafe fn neighbours<R>(header: NonNull<Header>, access: impl FnOnce(&mut Neighbours) -> R) -> R {
    // SAFETY: passed on from the caller.
    unsafe {
        header
            .as_ref()
            .link
            .neighbours
            .with_mut(|neighbours| access(&mut *neighbours))
    }
}
