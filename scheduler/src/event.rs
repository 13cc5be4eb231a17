//! What a policy tells its executor while it chooses.

use crate::{WorkerId, context};

/// Reports that the calling worker took `tasks` tasks from the queue of `victim`.
///
/// For policies: call it in [`steal`](crate::Scheduler::steal). On a thread that runs no worker it
/// does nothing.
pub fn stolen(victim: WorkerId, tasks: usize) {
    // SAFETY: the reference does not leave this function.
    if let Some(worker) = unsafe { context::worker() } {
        worker.stole(victim, tasks);
    }
}
