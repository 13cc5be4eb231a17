//! A source that moves: after the task that uses it, and to where its packets arrive.

use super::Async;
use crate::context;
use crate::registration::Doubt;

impl<S> Async<S> {
    /// Called where a task is about to wait. Where the source cannot go it stays, and works as
    /// before.
    #[inline]
    pub(super) fn follow(&self) {
        match self.registration.wait_begins() {
            None => {}
            Some(Doubt::Estranged(current)) => {
                let _ = self.move_to(&current);
            }
            Some(Doubt::Distant) => self.approach(),
        }
    }

    /// Moves to the reactor near which the packets arrive.
    #[cold]
    fn approach(&self) {
        let Some(current) = context::current() else {
            return;
        };
        let arrivals = || self.kind.arrivals(self.get_ref());
        if let Some(nearer) = current.shared.nearer(arrivals) {
            let _ = self.move_to(&nearer);
        }
        context::give_back(current);
    }
}
