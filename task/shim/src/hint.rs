//! Spin-loop hints.

#[cfg(not(any(plies_loom, plies_shuttle)))]
pub use core::hint::spin_loop;

#[cfg(plies_loom)]
pub use loom::hint::spin_loop;

#[cfg(plies_shuttle)]
pub use shuttle::hint::spin_loop;
