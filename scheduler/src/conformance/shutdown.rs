//! The end: every task is dropped, and once.

use plies_task::Cause;

use super::ledger::{Ledger, Token};
use super::world::{self, World};
use super::{Check, Violation, seeds};
use crate::random::Random;
use crate::{Scheduler, WorkerId};

const WORKERS: usize = 2;

pub(super) fn check<S: Scheduler>(make: impl Fn() -> S) -> Result<(), Violation> {
    for seed in seeds() {
        let result = swept(make(), seed).and_then(|()| dropped(make(), seed));
        result.map_err(|violation| violation.during(format_args!("seed {seed}")))?;
    }
    Ok(())
}

/// As an executor does it: whoever is left takes everything out.
fn swept<S: Scheduler>(scheduler: S, seed: u64) -> Result<(), Violation> {
    let random = &mut Random::new(seed);
    world::with(scheduler, WORKERS, 600, random, |world, tokens, random| {
        fill(world, tokens, random);
        let sweeper = world.attach();
        drop(world.drain(0..sweeper + 1)?);
        world.none_left(Check::Shutdown)?;
        world.ledger.all_dropped()
    })
}

fn fill<S: Scheduler>(world: &mut World<S>, tokens: Vec<Token>, random: &mut Random) {
    for token in tokens {
        match random.below(3) {
            0 => world.inject(token, Cause::Woken),
            _ => world.push(random.below(WORKERS), token, Cause::Spawned),
        }
    }
}

/// Without any executor: the scheduler is dropped with the tasks in it.
fn dropped<S: Scheduler>(scheduler: S, seed: u64) -> Result<(), Violation> {
    let random = &mut Random::new(seed);
    let (ledger, tokens) = Ledger::new(600, |index| world::attributes(index % WORKERS, random));
    let mut locals: Vec<_> = (0..WORKERS)
        .map(|worker| scheduler.attach(WorkerId::new(worker)))
        .collect();
    for token in tokens {
        let home = token.index % WORKERS;
        let task = ledger.hand_in(token);
        match random.below(3) {
            0 => scheduler.inject(task, Cause::Woken),
            _ => scheduler.push(&mut locals[home], task, Cause::Spawned),
        }
    }
    // Executors drop the workers' parts in no particular order.
    match random.below(2) {
        0 => drop((scheduler, locals)),
        _ => drop((locals, scheduler)),
    }
    ledger.all_dropped()
}
