//! What a policy may know of a task: set at spawn, stored in the task.

use std::num::NonZeroU16;

use crate::coop::Budget;

/// A task as the executors and policies here queue it.
pub type Runnable = plies_task::Runnable<Attributes>;

/// The number of a worker within its executor, counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId(u16);

impl WorkerId {
    /// The most workers that one executor may have, spare ones included.
    pub const MAX_WORKERS: usize = u16::MAX as usize;

    /// The worker with this index.
    ///
    /// # Panics
    ///
    /// If `index` is not below [`MAX_WORKERS`](Self::MAX_WORKERS).
    #[track_caller]
    pub fn new(index: usize) -> Self {
        assert!(
            index < Self::MAX_WORKERS,
            "worker index {index} is too large: use one below {}",
            Self::MAX_WORKERS
        );
        WorkerId(index as u16)
    }

    /// Its index: 0 for the first worker.
    pub fn index(self) -> usize {
        self.0.into()
    }
}

/// What a policy may know of a task; read it with [`Runnable::metadata`](plies_task::Runnable::metadata).
///
/// # Examples
///
/// ```
/// use plies_scheduler::Attributes;
///
/// let urgent = Attributes::new().with_class(0).with_hint(1_500);
/// assert_eq!((urgent.class(), urgent.hint()), (0, 1_500));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    hint: u64,
    budget: Option<Budget>,
    // One past the index, so that `None` needs no room.
    worker: Option<NonZeroU16>,
    class: u8,
}

impl Attributes {
    /// Class 0, hint 0, the executor's budget, any worker.
    pub const fn new() -> Self {
        Attributes {
            hint: 0,
            budget: None,
            worker: None,
            class: 0,
        }
    }

    /// Sets the priority class; 0 is the highest.
    #[must_use]
    pub const fn with_class(mut self, class: u8) -> Self {
        self.class = class;
        self
    }

    /// Sets a number whose meaning the policy defines: a deadline, a tenant, a weight.
    #[must_use]
    pub const fn with_hint(mut self, hint: u64) -> Self {
        self.hint = hint;
        self
    }

    /// Sets the cooperative budget of each poll, in place of the executor's.
    #[must_use]
    pub const fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Names the worker that a pinned policy keeps the task on; other policies ignore it.
    #[must_use]
    pub const fn with_worker(mut self, worker: WorkerId) -> Self {
        self.worker = NonZeroU16::new(worker.0 + 1);
        self
    }

    /// The priority class; 0 is the highest.
    pub const fn class(&self) -> u8 {
        self.class
    }

    /// The number that the policy defines; 0 unless set.
    pub const fn hint(&self) -> u64 {
        self.hint
    }

    /// The task's own budget for each poll, if it has one.
    pub const fn budget(&self) -> Option<Budget> {
        self.budget
    }

    /// The worker that the task was assigned to, if any.
    pub fn worker(&self) -> Option<WorkerId> {
        self.worker.map(|one_past| WorkerId(one_past.get() - 1))
    }
}

const _: () = assert!(size_of::<Attributes>() <= 16);
