//! Unwind safety is part of a type's interface, though nobody writes it down.

use std::marker::PhantomData;

/// Whoever holds this is neither `UnwindSafe` nor `RefUnwindSafe`, like the type of the same name in
/// tokio: that some type's fields happen to be both today is no promise. Other auto traits and
/// variance stay as they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NotUnwindSafe(PhantomData<dyn Send + Sync + Unpin>);
