//! Atomics, cells, locks and threads under one set of names, from one of three back-ends.
//!
//! | built with | back-end | what it is for |
//! |---|---|---|
//! | nothing | std (or `core` + `alloc`) | the real thing; every wrapper inlines to nothing |
//! | `--cfg plies_loom` | loom | exhaustive exploration, weak memory included |
//! | `--cfg plies_shuttle` | shuttle | thousands of randomised schedules |
//!
//! Code written over these types, and every layer of Plies is, can be checked with the models of
//! [`model`]; so can a scheduler of your own. The cfg is this crate's own: it reaches no other
//! crate of the build.
//!
//! ```
//! use plies_shim::sync::Arc;
//! use plies_shim::sync::atomic::{AtomicU64, Ordering};
//!
//! let hits = Arc::new(AtomicU64::new(0));
//! let thread = plies_shim::thread::spawn({
//!     let hits = hits.clone();
//!     move || hits.fetch_add(1, Ordering::Relaxed)
//! });
//! thread.join().unwrap();
//! assert_eq!(hits.load(Ordering::Relaxed), 1);
//! ```
//!
//! # Modules
//!
//! - [`sync`]: atomics, `Arc`, [`Mutex`](sync::Mutex), [`SpinMutex`](sync::SpinMutex),
//!   [`Condvar`](sync::Condvar)
//! - [`cell`]: an [`UnsafeCell`](cell::UnsafeCell) whose accesses the model checkers see
//! - [`thread`], [`hint`]: threads, parking, spinning
//! - [`model`]: the runner that every `tests/loom.rs` calls
//! - [`mutant`]: mistakes that a model plants in real code
//!
//! # What it does not do
//!
//! It does not hide the back-ends' limits: under loom a [`Condvar`](sync::Condvar) never times
//! out, there are no spurious wake-ups, and at most five threads; see [`model`].

#![cfg_attr(not(any(feature = "std", plies_loom, plies_shuttle)), no_std)]

#[cfg(not(any(feature = "std", plies_loom, plies_shuttle)))]
extern crate alloc;

#[cfg(all(plies_loom, plies_shuttle))]
compile_error!("plies_loom and plies_shuttle exclude each other: set one of the two");

pub mod cell;
pub mod hint;
pub mod mutant;
pub mod sync;

#[cfg(any(feature = "std", plies_loom, plies_shuttle))]
pub mod model;
#[cfg(any(feature = "std", plies_loom, plies_shuttle))]
pub mod thread;

#[cfg(not(any(plies_loom, plies_shuttle)))]
mod spin;

/// Declares thread-locals of the back-end: `std::thread_local!`, or the model checker's own, which
/// start afresh in each execution.
#[cfg(plies_loom)]
#[macro_export]
macro_rules! thread_local {
    // loom's own takes no `const` initialiser: under it, nothing is const.
    ($(#[$attribute:meta])* $vis:vis static $name:ident: $type:ty = const $init:block $(;)?) => {
        $crate::loom::thread_local! { $(#[$attribute])* $vis static $name: $type = $init; }
    };
    ($($declaration:tt)*) => {
        $crate::loom::thread_local! { $($declaration)* }
    };
}
#[cfg(plies_loom)]
#[doc(hidden)]
pub use loom;
/// Declares thread-locals of the back-end: `std::thread_local!`, or the model checker's own, which
/// start afresh in each execution.
#[cfg(plies_shuttle)]
pub use shuttle::thread_local;
/// Declares thread-locals of the back-end: `std::thread_local!`, or the model checker's own, which
/// start afresh in each execution.
#[cfg(all(feature = "std", not(any(plies_loom, plies_shuttle))))]
pub use std::thread_local;
