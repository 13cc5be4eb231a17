//! Every ready task is polled within the bound that the scheduler declares.

use plies_task::Cause;

use super::ledger::Token;
use super::world::{self, World};
use super::{Check, Violation, seeds};
use crate::Scheduler;
use crate::random::Random;

/// Without a declared bound, more polls than this for each ready task are starvation.
const PATIENCE: usize = 1000;

/// The most polls that one scenario makes.
const MOST_POLLS: usize = 200_000;

/// Which tasks there are.
#[derive(Clone, Copy)]
pub(super) struct Load {
    /// Tasks that are ready again after each poll.
    yielding: usize,
    /// Pairs of tasks, of which one is ready; polled, it wakes the other.
    pairs: usize,
    /// Tasks that are injected whenever there are some left, and are done after one poll.
    injected: usize,
}

pub(super) const ALWAYS_READY: Load = Load {
    yielding: 100,
    pairs: 0,
    injected: 0,
};

pub(super) const PAIRS: Load = Load {
    yielding: 50,
    pairs: 3,
    injected: 0,
};

pub(super) const FLOOD: Load = Load {
    yielding: 30,
    pairs: 2,
    injected: 150,
};

pub(super) fn check<S: Scheduler>(
    check: Check,
    load: Load,
    make: impl Fn() -> S,
) -> Result<(), Violation> {
    let tasks = load.yielding + 2 * load.pairs + load.injected;
    for seed in seeds() {
        let random = &mut Random::new(seed);
        world::with(make(), 1, tasks, random, |world, tokens, random| {
            let mut scenario = Scenario::new(check, load, world);
            scenario.run(tokens, random)
        })
        .map_err(|violation| violation.during(format_args!("seed {seed}")))?;
    }
    Ok(())
}

/// A lone worker that polls, and how long each task has waited for it.
struct Scenario<'a, S: Scheduler> {
    check: Check,
    load: Load,
    world: &'a mut World<S>,
    polls: usize,
    // For each task: the polls made when it became ready, or `None` while it is not.
    since: Vec<Option<usize>>,
    ready: usize,
    most_ready: usize,
    // The partner that is not ready, for each pair.
    resting: Vec<Option<Token>>,
    // Tasks to be injected.
    pool: Vec<Token>,
}

impl<'a, S: Scheduler> Scenario<'a, S> {
    fn new(check: Check, load: Load, world: &'a mut World<S>) -> Self {
        let tasks = load.yielding + 2 * load.pairs + load.injected;
        Scenario {
            check,
            load,
            world,
            polls: 0,
            since: vec![None; tasks],
            ready: 0,
            most_ready: 0,
            resting: (0..load.pairs).map(|_| None).collect(),
            pool: Vec::new(),
        }
    }

    fn run(&mut self, tokens: Vec<Token>, random: &mut Random) -> Result<(), Violation> {
        self.start(tokens, random);
        // Longer than any task may wait, several times.
        while self.polls < self.limit().saturating_mul(3).min(MOST_POLLS) {
            if random.below(4) != 0 {
                self.inject();
            }
            let Some(token) = self.world.take(0)? else {
                let detail = "the only worker finds nothing, though tasks are ready";
                return Err(Violation::new(Check::NoneLost, detail));
            };
            self.poll(token)?;
        }
        self.nobody_waits_too_long()
    }

    fn start(&mut self, tokens: Vec<Token>, random: &mut Random) {
        for token in tokens {
            match self.kind(token.index) {
                Kind::Yielding if random.below(2) == 0 => self.ready_by_injection(token),
                Kind::Yielding => self.ready_here(token, Cause::Spawned),
                Kind::Pair(pair) if self.resting[pair].is_none() => {
                    self.resting[pair] = Some(token)
                }
                Kind::Pair(_) => self.ready_here(token, Cause::Woken),
                Kind::Injected => self.pool.push(token),
            }
        }
    }

    fn inject(&mut self) {
        if let Some(token) = self.pool.pop() {
            self.ready_by_injection(token);
        }
    }

    fn ready_here(&mut self, token: Token, cause: Cause) {
        self.note_ready(token.index);
        self.world.push(0, token, cause);
    }

    fn ready_by_injection(&mut self, token: Token) {
        self.note_ready(token.index);
        self.world.inject(token, Cause::Woken);
    }

    fn note_ready(&mut self, index: usize) {
        self.since[index] = Some(self.polls);
        self.ready += 1;
        self.most_ready = self.most_ready.max(self.ready);
    }

    fn poll(&mut self, token: Token) -> Result<(), Violation> {
        self.waited_too_long(token.index)?;
        self.since[token.index] = None;
        self.ready -= 1;
        self.polls += 1;
        match self.kind(token.index) {
            Kind::Yielding => self.ready_here(token, Cause::Yielded),
            Kind::Pair(pair) => {
                if let Some(partner) = self.resting[pair].replace(token) {
                    self.ready_here(partner, Cause::Woken);
                }
            }
            Kind::Injected => self.pool.push(token),
        }
        Ok(())
    }

    fn kind(&self, index: usize) -> Kind {
        let Load {
            yielding, pairs, ..
        } = self.load;
        match index.checked_sub(yielding) {
            None => Kind::Yielding,
            Some(past) if past < 2 * pairs => Kind::Pair(past / 2),
            Some(_) => Kind::Injected,
        }
    }

    /// How many polls of others a task may wait.
    fn limit(&self) -> usize {
        let bound = self.world.scheduler.bound(self.most_ready);
        bound.unwrap_or(self.most_ready.saturating_mul(PATIENCE))
    }

    fn waited_too_long(&self, index: usize) -> Result<(), Violation> {
        let Some(since) = self.since[index] else {
            return Ok(());
        };
        let (waited, limit, ready) = (self.polls - since, self.limit(), self.most_ready);
        if waited <= limit {
            return Ok(());
        }
        let attributes = self.world.ledger.attributes(index);
        let declared = match self.world.scheduler.bound(ready) {
            Some(_) => "its bound",
            None => "no bound; starvation begins",
        };
        let detail = format!(
            "task {index} was ready and waited for {waited} polls of others; with {ready} ready \
             tasks the scheduler declares {declared} at {limit}; {attributes:?}"
        );
        Err(Violation::new(self.check, detail))
    }

    fn nobody_waits_too_long(&self) -> Result<(), Violation> {
        (0..self.since.len()).try_for_each(|index| self.waited_too_long(index))
    }
}

enum Kind {
    Yielding,
    Pair(usize),
    Injected,
}
