//! An intrusive, doubly linked list: entries live in the futures that wait.

use std::marker::PhantomData;
use std::ptr::NonNull;

/// The two links of an entry. Read and written only by the list it is in.
#[derive(Debug)]
pub(crate) struct Links<T> {
    previous: Option<NonNull<T>>,
    next: Option<NonNull<T>>,
}

impl<T> Links<T> {
    pub(crate) const fn new() -> Self {
        Self {
            previous: None,
            next: None,
        }
    }
}

/// Says where an entry keeps its links.
///
/// # Safety
///
/// `links` must return the same place for the same entry each time, inside that entry.
pub(crate) unsafe trait Linked: Sized {
    /// A pointer to the links of `entry`, without making a reference to the entry.
    ///
    /// # Safety
    ///
    /// `entry` must point to a live entry.
    unsafe fn links(entry: NonNull<Self>) -> NonNull<Links<Self>>;
}

/// A first-in, first-out list of entries that others own.
///
/// The list never frees an entry. Whoever links one keeps it in place, and unlinks it before it
/// is freed; every call for one list is made under one lock.
#[derive(Debug)]
pub(crate) struct List<T: Linked> {
    ends: Option<(NonNull<T>, NonNull<T>)>,
    entries: PhantomData<*const T>,
}

// SAFETY: the list is two pointers; whoever sends it keeps the rule that all calls for it and its
// entries are made under one lock.
unsafe impl<T: Linked + Send> Send for List<T> {}

impl<T: Linked> List<T> {
    pub(crate) const fn new() -> Self {
        Self {
            ends: None,
            entries: PhantomData,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_none()
    }

    /// The entry linked first.
    pub(crate) fn front(&self) -> Option<NonNull<T>> {
        self.ends.map(|(first, _)| first)
    }

    /// The entry after `entry`.
    ///
    /// # Safety
    ///
    /// `entry` must be linked in this list.
    pub(crate) unsafe fn next(&self, entry: NonNull<T>) -> Option<NonNull<T>> {
        // SAFETY: a linked entry is live, as the caller of `push_back` promised.
        unsafe { T::links(entry).as_ref().next }
    }

    /// Links `entry` as the last one.
    ///
    /// # Safety
    ///
    /// `entry` must be live, in no list, and stay in place until it is unlinked again.
    pub(crate) unsafe fn push_back(&mut self, entry: NonNull<T>) {
        let last = self.ends.map(|(_, last)| last);
        // SAFETY: `entry` is live by this function's contract, `last` because it is linked.
        unsafe {
            *T::links(entry).as_mut() = Links {
                previous: last,
                next: None,
            };
            if let Some(last) = last {
                T::links(last).as_mut().next = Some(entry);
            }
        }
        self.ends = Some((self.front().unwrap_or(entry), entry));
    }

    /// Unlinks `entry`.
    ///
    /// # Safety
    ///
    /// `entry` must be linked in this list.
    pub(crate) unsafe fn remove(&mut self, entry: NonNull<T>) {
        let Some((mut first, mut last)) = self.ends else {
            return;
        };
        // SAFETY: `entry` is linked here, so it and its neighbours are live.
        let Links { previous, next } =
            unsafe { std::mem::replace(T::links(entry).as_mut(), Links::new()) };
        match previous {
            // SAFETY: as above.
            Some(previous) => unsafe { T::links(previous).as_mut().next = next },
            None => first = next.unwrap_or(first),
        }
        match next {
            // SAFETY: as above.
            Some(next) => unsafe { T::links(next).as_mut().previous = previous },
            None => last = previous.unwrap_or(last),
        }
        self.ends = if previous.is_none() && next.is_none() {
            None
        } else {
            Some((first, last))
        };
    }

    /// Links all entries of `other` after the last one, in their order, without a look at them.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.ends = match (self.ends, other.ends.take()) {
            (Some((first, last)), Some((next, end))) => {
                // SAFETY: both are linked, so they are live.
                unsafe {
                    T::links(last).as_mut().next = Some(next);
                    T::links(next).as_mut().previous = Some(last);
                }
                Some((first, end))
            }
            (ends, None) | (None, ends) => ends,
        };
    }

    /// Unlinks the entry linked first.
    pub(crate) fn pop_front(&mut self) -> Option<NonNull<T>> {
        let first = self.front()?;
        // SAFETY: it is the front of this list.
        unsafe { self.remove(first) };
        Some(first)
    }

    /// Takes all entries out as a list of their own.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new())
    }
}
