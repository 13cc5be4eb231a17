//! What a model must not pass for nothing: a scheduler that loom does not see.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use plies_task::Cause;

use crate::{Runnable, Scheduler, WorkerId};

/// A queue behind std's lock, which loom does not see: each model's floor has to tell it apart.
#[derive(Default)]
pub(super) struct Unseen(Mutex<VecDeque<Runnable>>);

impl Unseen {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Runnable>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scheduler for Unseen {
    type Local = ();

    fn attach(&self, _: WorkerId) {}

    fn push(&self, _: &mut (), task: Runnable, cause: Cause) {
        self.inject(task, cause);
    }

    fn inject(&self, task: Runnable, _: Cause) {
        self.queue().push_back(task);
    }

    fn next(&self, _: &mut ()) -> Option<Runnable> {
        self.queue().pop_front()
    }

    fn has_ready(&self) -> bool {
        !self.queue().is_empty()
    }
}
