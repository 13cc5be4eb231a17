//! A policy as an executor holds it: by its type in the worker loop, without it elsewhere.

use std::cell::RefCell;
use std::sync::Arc;

use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{Ordering, fence};
use plies_task::Cause;

use crate::scheduler::QueueStats;
use crate::{Runnable, Scheduler, WorkerId};

/// A policy, and the local parts that no worker uses any more.
pub(crate) struct Queues<S: Scheduler> {
    policy: S,
    retired: Mutex<Vec<(WorkerId, S::Local)>>,
}

/// A policy without its type: what is asked of it from outside its workers.
pub(crate) trait Policy: Send + Sync {
    fn inject(&self, task: Runnable, cause: Cause);
    fn has_ready(&self) -> bool;
    fn injected(&self) -> usize;
    fn queue_stats(&self, worker: WorkerId) -> QueueStats;
    fn queued(&self) -> Option<usize>;

    /// Attaches a local part that belongs to no worker, so that [`sweep`](Self::sweep) has one
    /// even if every worker is stuck.
    fn attach_sweeper(&self, id: WorkerId);

    /// Passes every task that the retired local parts can reach to `drop_task`.
    ///
    /// Somebody else may be sweeping at the same time, or further down this thread's stack: then
    /// this call leaves the work to them. They look again after they have put the parts back.
    fn sweep(&self, drop_task: &dyn Fn(Runnable));
}

impl<S: Scheduler> Queues<S> {
    pub(crate) fn new(policy: S) -> Arc<Self> {
        Arc::new(Queues {
            policy,
            retired: Mutex::new(Vec::new()),
        })
    }

    pub(crate) fn policy(&self) -> &S {
        &self.policy
    }
}

impl<S: Scheduler> Policy for Queues<S> {
    fn inject(&self, task: Runnable, cause: Cause) {
        self.policy.inject(task, cause);
    }

    fn has_ready(&self) -> bool {
        self.policy.has_ready()
    }

    fn injected(&self) -> usize {
        self.policy.injected()
    }

    fn queue_stats(&self, worker: WorkerId) -> QueueStats {
        self.policy.queue_stats(worker)
    }

    fn queued(&self) -> Option<usize> {
        self.policy.queued()
    }

    fn attach_sweeper(&self, id: WorkerId) {
        let local = self.policy.attach(id);
        self.retired.lock().push((id, local));
    }

    fn sweep(&self, drop_task: &dyn Fn(Runnable)) {
        loop {
            let mut locals = std::mem::take(&mut *self.retired.lock());
            if locals.is_empty() {
                return;
            }
            for (_, local) in &mut locals {
                while let Some(task) = take_any(&self.policy, local) {
                    drop_task(task);
                }
            }
            // A pinned worker that is still in a poll keeps what belongs to it.
            let reached: Vec<_> = locals.iter().map(|(worker, _)| *worker).collect();
            self.retired.lock().append(&mut locals);
            fence(Ordering::SeqCst);
            let mut reached = reached.into_iter();
            if !reached.any(|worker| self.policy.has_ready_for(worker)) {
                return;
            }
        }
    }
}

/// A task from anywhere. Asks twice: a policy may leave a LIFO slot alone at a thief's first look.
fn take_any<S: Scheduler>(policy: &S, local: &mut S::Local) -> Option<Runnable> {
    let next = policy.next(local);
    next.or_else(|| policy.steal(local))
        .or_else(|| policy.steal(local))
}

/// A worker's part of a policy.
pub(crate) struct Queue<S: Scheduler> {
    shared: Arc<Queues<S>>,
    worker: WorkerId,
    // Borrowed while the policy runs. What the policy calls back into (the drop of a task may wake
    // others) finds it borrowed, and takes the injector.
    local: RefCell<S::Local>,
}

/// What a worker asks of its part, with or without the policy's type.
pub(crate) trait LocalQueue {
    /// Gives the task back if the queue is in use further down the stack, or if the policy is
    /// pinned and the task belongs to another worker than this one.
    fn push(&self, worker: WorkerId, task: Runnable, cause: Cause) -> Result<(), Runnable>;
    fn next(&self) -> Option<Runnable>;
    fn steal(&self) -> Option<Runnable>;
    fn has_ready(&self, worker: WorkerId) -> bool;
    fn spared(&self) -> bool;
    fn wants_help(&self) -> bool;
    /// The worker leaves, or is about to block: takes out what nobody would look for in a queue
    /// without a worker.
    fn vacate(&self) -> Vec<Runnable>;
}

impl<S: Scheduler> Queue<S> {
    pub(crate) fn new(shared: Arc<Queues<S>>, worker: WorkerId) -> Self {
        let local = RefCell::new(shared.policy.attach(worker));
        Queue {
            shared,
            worker,
            local,
        }
    }

    pub(crate) fn queues(&self) -> &Arc<Queues<S>> {
        &self.shared
    }

    /// The worker is gone: its part stays, for what may still arrive in it.
    pub(crate) fn retire(self) {
        let part = (self.worker, self.local.into_inner());
        self.shared.retired.lock().push(part);
    }
}

impl<S: Scheduler> LocalQueue for Queue<S> {
    #[inline]
    fn push(&self, worker: WorkerId, task: Runnable, cause: Cause) -> Result<(), Runnable> {
        if self.shared.policy.pinned() && task.metadata().worker() != Some(worker) {
            return Err(task);
        }
        match self.local.try_borrow_mut() {
            Ok(mut local) => {
                self.shared.policy.push(&mut local, task, cause);
                Ok(())
            }
            Err(_) => Err(task),
        }
    }

    #[inline(always)]
    fn next(&self) -> Option<Runnable> {
        self.shared.policy.next(&mut self.local.borrow_mut())
    }

    fn steal(&self) -> Option<Runnable> {
        self.shared.policy.steal(&mut self.local.borrow_mut())
    }

    fn has_ready(&self, worker: WorkerId) -> bool {
        self.shared.policy.has_ready_for(worker)
    }

    fn spared(&self) -> bool {
        self.shared.policy.spared(&self.local.borrow())
    }

    fn wants_help(&self) -> bool {
        self.shared.policy.wants_help(&mut self.local.borrow_mut())
    }

    fn vacate(&self) -> Vec<Runnable> {
        match self.local.try_borrow_mut() {
            Ok(mut local) => self.shared.policy.vacate(&mut local),
            // Further down the stack the policy is at work, and drops a task.
            Err(_) => Vec::new(),
        }
    }
}
