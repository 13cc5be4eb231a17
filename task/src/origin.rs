//! Where a task was spawned, and its name if it has one, in one pointer.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::panic::Location;
use core::ptr::NonNull;

/// A `&'static Location`, or a tagged `Box<Named>`: most tasks have no name and pay nothing.
pub(crate) struct Origin {
    pointer: NonNull<()>,
    owns: PhantomData<Box<Named>>,
}

struct Named {
    name: Box<str>,
    location: &'static Location<'static>,
}

const NAMED: usize = 1;

const _: () = assert!(align_of::<Location<'static>>() > NAMED && align_of::<Named>() > NAMED);

// SAFETY: it owns a `Named` or borrows a `'static` location; both are `Send` and `Sync`.
unsafe impl Send for Origin {}
// SAFETY: as for `Send`; nothing in it changes.
unsafe impl Sync for Origin {}

impl Origin {
    #[inline]
    pub(crate) fn new(location: &'static Location<'static>, name: Option<Box<str>>) -> Self {
        let pointer = match name {
            None => NonNull::from(location).cast(),
            Some(name) => Self::named(Box::new(Named { name, location })),
        };
        Self {
            pointer,
            owns: PhantomData,
        }
    }

    #[cold]
    fn named(named: Box<Named>) -> NonNull<()> {
        let pointer = NonNull::from(Box::leak(named)).cast::<()>();
        pointer.map_addr(|address| address | NAMED)
    }

    #[inline]
    pub(crate) fn name(&self) -> Option<&str> {
        self.as_named().map(|named| &*named.name)
    }

    #[inline]
    pub(crate) fn location(&self) -> &'static Location<'static> {
        match self.as_named() {
            Some(named) => named.location,
            // SAFETY: without the tag, the pointer came from a `'static` reference in `new`.
            None => unsafe { self.pointer.cast().as_ref() },
        }
    }

    #[inline]
    fn as_named(&self) -> Option<&Named> {
        // SAFETY: the tagged pointer came from a leaked box, which this owns.
        self.named_pointer().map(|pointer| unsafe { &*pointer })
    }

    #[inline]
    fn named_pointer(&self) -> Option<*mut Named> {
        let tagged = self.pointer.addr().get() & NAMED != 0;
        tagged.then(|| {
            self.pointer
                .as_ptr()
                .map_addr(|address| address & !NAMED)
                .cast()
        })
    }
}

impl Drop for Origin {
    #[inline]
    fn drop(&mut self) {
        if let Some(pointer) = self.named_pointer() {
            // SAFETY: it came from `Box::leak` in `named`, and only this drop takes it back.
            drop(unsafe { Box::from_raw(pointer) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_location_without_a_name() {
        let here = Location::caller();
        let origin = Origin::new(here, None);
        assert_eq!(origin.location(), here);
        assert_eq!(origin.name(), None);
    }

    #[test]
    fn keeps_both_with_a_name() {
        let here = Location::caller();
        let origin = Origin::new(here, Some("accept loop".into()));
        assert_eq!(origin.location(), here);
        assert_eq!(origin.name(), Some("accept loop"));
    }
}
