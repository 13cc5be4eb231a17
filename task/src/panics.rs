//! Catching panics, and giving up.

use alloc::boxed::Box;
use core::any::Any;

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Calls `body`; a panic in it becomes an error. Without the feature `std` nothing can be caught,
/// and panics go to the caller.
#[cfg(feature = "std")]
#[inline]
pub(crate) fn catch<R>(body: impl FnOnce() -> R) -> Result<R, Payload> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(body))
}

/// Calls `body`; a panic in it becomes an error. Without the feature `std` nothing can be caught,
/// and panics go to the caller.
#[cfg(not(feature = "std"))]
#[inline]
pub(crate) fn catch<R>(body: impl FnOnce() -> R) -> Result<R, Payload> {
    Ok(body())
}

/// Calls code of the user that must not unwind into ours. The panic hook has reported a panic by
/// the time it is dropped here.
#[inline]
pub(crate) fn contain(body: impl FnOnce()) {
    if let Err(payload) = catch(body) {
        discard(payload);
    }
}

/// Drops a payload, whose destructor may panic in its turn: after a few such turns, the last
/// payload is leaked.
#[cold]
pub(crate) fn discard(mut payload: Payload) {
    for _ in 0..4 {
        match catch(move || drop(payload)) {
            Ok(()) => return,
            Err(another) => payload = another,
        }
    }
    core::mem::forget(payload);
}

/// Ends the process, where going on would be undefined behaviour.
#[cold]
#[cfg(feature = "std")]
pub(crate) fn abort(why: &str) -> ! {
    std::eprintln!("plies-task: {why}: aborting");
    std::process::abort()
}

/// Ends the process, where going on would be undefined behaviour: a panic while unwinding.
#[cold]
#[cfg(not(feature = "std"))]
pub(crate) fn abort(why: &str) -> ! {
    struct PanicAgain;
    impl Drop for PanicAgain {
        fn drop(&mut self) {
            panic!("plies-task: aborting");
        }
    }
    let _again = PanicAgain;
    panic!("plies-task: {why}: aborting")
}
