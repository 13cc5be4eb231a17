//! Planted bugs: mistakes in real code that a model switches on, to show that it finds them.
//!
//! A crate lists its mistakes in an enum, asks at the place of each whether it is planted, and
//! [`both_orders!`](crate::both_orders) plants them. Outside of a model-checking build there are
//! none, and every question folds to `false`.
//!
//! ```
//! use plies_shim::mutant::Planted;
//!
//! #[derive(Clone, Copy)]
//! pub enum Mutant {
//!     NotifiesNobody,
//!     ForgetsTheRest,
//! }
//!
//! static PLANTED: Planted = Planted::nothing();
//!
//! impl Mutant {
//!     pub fn plant(self) {
//!         PLANTED.plant(self as u8);
//!     }
//! }
//!
//! #[inline(always)]
//! fn planted(mutant: Mutant) -> bool {
//!     PLANTED.is(mutant as u8)
//! }
//!
//! assert!(!planted(Mutant::NotifiesNobody));
//! ```

#[cfg(any(plies_loom, plies_shuttle))]
use std::sync::atomic::{AtomicU16, Ordering};

/// Which of a crate's mistakes is planted in this process: one, or none.
pub struct Planted {
    // One more than the mistake's number, or zero. Not the shim's type: the model checkers have
    // nothing to find in it.
    #[cfg(any(plies_loom, plies_shuttle))]
    bug: AtomicU16,
}

impl Planted {
    /// None is.
    pub const fn nothing() -> Self {
        Self {
            #[cfg(any(plies_loom, plies_shuttle))]
            bug: AtomicU16::new(0),
        }
    }

    /// Plants the mistake with this number for the rest of this process, which is a model's child.
    /// Outside of a model-checking build it does nothing.
    pub fn plant(&self, bug: u8) {
        #[cfg(any(plies_loom, plies_shuttle))]
        self.bug.store(u16::from(bug) + 1, Ordering::Relaxed);
        #[cfg(not(any(plies_loom, plies_shuttle)))]
        let _ = bug;
    }

    /// Is the mistake with this number planted?
    #[inline(always)]
    pub fn is(&self, bug: u8) -> bool {
        #[cfg(any(plies_loom, plies_shuttle))]
        return self.bug.load(Ordering::Relaxed) == u16::from(bug) + 1;
        #[cfg(not(any(plies_loom, plies_shuttle)))]
        {
            let _ = bug;
            false
        }
    }
}
