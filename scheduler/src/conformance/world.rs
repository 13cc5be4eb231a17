//! A scheduler with a number of workers, driven one call at a time.

use std::fmt;
use std::mem::ManuallyDrop;

use plies_task::Cause;

use super::ledger::{Ledger, Token};
use super::{Check, Violation};
use crate::random::Random;
use crate::{Attributes, Scheduler, WorkerId};

/// How often in a row a worker looks in vain before it counts as having found nothing.
pub(super) const LOOKS: usize = 16;

pub(super) struct World<S: Scheduler> {
    pub(super) scheduler: S,
    pub(super) pinned: bool,
    pub(super) ledger: Ledger,
    locals: Vec<S::Local>,
    // Where each task was last handed in.
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
enum Place {
    Nowhere,
    Injected(Cause),
    PushedOnto(usize, Cause),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Nowhere => write!(f, "never handed in"),
            Place::Injected(cause) => write!(f, "last injected as {cause:?}"),
            Place::PushedOnto(worker, cause) => {
                write!(f, "last pushed onto worker {worker} as {cause:?}")
            }
        }
    }
}

/// Runs `scenario` on a world with `tasks` tasks, and takes the world down if all went well.
pub(super) fn with<S: Scheduler>(
    scheduler: S,
    workers: usize,
    tasks: usize,
    random: &mut Random,
    scenario: impl FnOnce(&mut World<S>, Vec<Token>, &mut Random) -> Result<(), Violation>,
) -> Result<(), Violation> {
    let (ledger, tokens) = Ledger::new(tasks, |index| attributes(index % workers, random));
    let world = World {
        locals: (0..workers)
            .map(|worker| scheduler.attach(WorkerId::new(worker)))
            .collect(),
        pinned: scheduler.pinned(),
        scheduler,
        ledger,
        places: vec![Place::Nowhere; tasks],
    };
    // On a violation it is leaked: the destructor of a wrong scheduler may do any harm.
    let mut world = ManuallyDrop::new(world);
    scenario(&mut world, tokens, random)?;
    drop(ManuallyDrop::into_inner(world));
    Ok(())
}

/// Attributes of all sorts, for a task that belongs to `worker` if the policy is pinned.
pub(super) fn attributes(worker: usize, random: &mut Random) -> Attributes {
    let class = [0, 0, 1, 2, u8::MAX][random.below(5)];
    let hint = [0, 1, 1000, u64::MAX, random.next()][random.below(5)];
    Attributes::new()
        .with_worker(WorkerId::new(worker))
        .with_class(class)
        .with_hint(hint)
}

impl<S: Scheduler> World<S> {
    pub(super) fn workers(&self) -> usize {
        self.locals.len()
    }

    /// The worker that may push this task, if it is not for `wanted` to do.
    fn home(&self, token: &Token, wanted: usize) -> usize {
        let named = self.ledger.attributes(token.index).worker();
        named
            .filter(|_| self.pinned)
            .map_or(wanted, WorkerId::index)
    }

    /// Pushes on `worker`, or on the task's own one if the policy is pinned.
    pub(super) fn push(&mut self, worker: usize, token: Token, cause: Cause) {
        let worker = self.home(&token, worker);
        self.places[token.index] = Place::PushedOnto(worker, cause);
        let task = self.ledger.hand_in(token);
        self.scheduler.push(&mut self.locals[worker], task, cause);
    }

    pub(super) fn inject(&mut self, token: Token, cause: Cause) {
        self.places[token.index] = Place::Injected(cause);
        let task = self.ledger.hand_in(token);
        self.scheduler.inject(task, cause);
    }

    /// What `next` gives this worker.
    pub(super) fn next(&mut self, worker: usize) -> Result<Option<Token>, Violation> {
        let task = self.scheduler.next(&mut self.locals[worker]);
        task.map(|task| self.admit(worker, task)).transpose()
    }

    /// What `steal` gives this worker.
    pub(super) fn steal(&mut self, worker: usize) -> Result<Option<Token>, Violation> {
        let task = self.scheduler.steal(&mut self.locals[worker]);
        task.map(|task| self.admit(worker, task)).transpose()
    }

    /// What an executor would get for this worker.
    pub(super) fn take(&mut self, worker: usize) -> Result<Option<Token>, Violation> {
        match self.next(worker)? {
            Some(token) => Ok(Some(token)),
            None => self.steal(worker),
        }
    }

    fn admit(&self, worker: usize, task: crate::Runnable) -> Result<Token, Violation> {
        let token = self.ledger.take(task)?;
        let home = self.home(&token, worker);
        if home != worker {
            let (index, place) = (token.index, self.places[token.index]);
            let detail = format!(
                "task {index} belongs to worker {home} and came out on worker {worker}; it was \
                 {place}"
            );
            return Err(Violation::new(Check::Stays, detail));
        }
        Ok(token)
    }

    /// Lets `workers` take everything that they can, and returns it.
    pub(super) fn drain(
        &mut self,
        workers: std::ops::Range<usize>,
    ) -> Result<Vec<Token>, Violation> {
        let mut taken = Vec::new();
        let mut vain = 0;
        while vain < LOOKS {
            vain += 1;
            for worker in workers.clone() {
                while let Some(token) = self.take(worker)? {
                    taken.push(token);
                    vain = 0;
                }
            }
        }
        Ok(taken)
    }

    /// Attaches one more worker.
    pub(super) fn attach(&mut self) -> usize {
        let worker = self.workers();
        self.locals
            .push(self.scheduler.attach(WorkerId::new(worker)));
        worker
    }

    /// Complains, in the name of `check`, of a task that is still with the scheduler.
    pub(super) fn none_left(&self, check: Check) -> Result<(), Violation> {
        let Some(index) = self.ledger.left_over() else {
            return Ok(());
        };
        let place = self.places[index];
        let attributes = self.ledger.attributes(index);
        let detail = format!(
            "task {index}, {place}, does not come out any more, however often the workers \
             ask; {attributes:?}"
        );
        Err(Violation::new(check, detail))
    }
}
