//! A spare worker reaches everything, and `has_ready` says so.

use plies_task::Cause;

use super::ledger::Token;
use super::world::{self, World};
use super::{Check, Violation, seeds};
use crate::random::Random;
use crate::{Scheduler, WorkerId};

pub(super) fn spare_worker<S: Scheduler>(make: impl Fn() -> S) -> Result<(), Violation> {
    for seed in seeds() {
        let random = &mut Random::new(seed);
        let tasks = [1, 2, 3, 100, 600][random.below(5)];
        world::with(make(), 1, tasks, random, stuck_worker)
            .map_err(|violation| violation.during(format_args!("seed {seed}, {tasks} tasks")))?;
    }
    Ok(())
}

/// The only worker queues tasks, polls a few, and then never comes back from a poll.
fn stuck_worker<S: Scheduler>(
    world: &mut World<S>,
    mut tokens: Vec<Token>,
    random: &mut Random,
) -> Result<(), Violation> {
    let mut held = Vec::new();
    while let Some(token) = tokens.pop() {
        let cause = [Cause::Spawned, Cause::Woken, Cause::Yielded][random.below(3)];
        match random.below(4) {
            0 => world.inject(token, cause),
            _ => world.push(0, token, cause),
        }
        if random.below(10) == 0 {
            held.extend(world.take(0)?);
        }
    }
    let spare = world.attach();
    if world.pinned {
        // What is pinned is out of reach by its own declaration; `drain` sees that nothing moves.
        return world.drain(spare..spare + 1).map(drop);
    }
    world.drain(spare..spare + 1)?;
    world.none_left(Check::SpareWorker)
}

pub(super) fn has_ready<S: Scheduler>(make: impl Fn() -> S) -> Result<(), Violation> {
    for seed in seeds() {
        let random = &mut Random::new(seed);
        world::with(make(), 2, 40, random, truthful)
            .map_err(|violation| violation.during(format_args!("seed {seed}")))?;
    }
    Ok(())
}

/// Rounds of a few tasks each: asked with them, and without.
fn truthful<S: Scheduler>(
    world: &mut World<S>,
    mut tokens: Vec<Token>,
    random: &mut Random,
) -> Result<(), Violation> {
    for _ in 0..20 {
        says_no(world)?;
        for _ in 0..1 + random.below(3) {
            let token = tokens.swap_remove(random.below(tokens.len()));
            let home = world.ledger.attributes(token.index).worker();
            world.inject(token, Cause::Woken);
            says_yes(world, home, "right after an injection")?;
        }
        tokens.extend(world.drain(0..2)?);
        says_no(world)?;
        if !world.pinned {
            // Two at least, since one may be in a slot that others are to leave alone.
            for _ in 0..2 + random.below(3) {
                world.push(0, tokens.swap_remove(0), Cause::Spawned);
            }
            says_yes(world, None, "while a worker has several tasks queued")?;
            tokens.extend(world.drain(0..2)?);
        }
    }
    Ok(())
}

fn says_yes<S: Scheduler>(
    world: &World<S>,
    home: Option<WorkerId>,
    when: &str,
) -> Result<(), Violation> {
    let silent = |what: &str| {
        let detail = format!("{what} was false {when}: workers would sleep and leave it");
        Err(Violation::new(Check::HasReady, detail))
    };
    if !world.scheduler.has_ready() {
        return silent("has_ready");
    }
    match home {
        Some(home) if !world.scheduler.has_ready_for(home) => {
            silent(&format!("has_ready_for({home:?})"))
        }
        _ => Ok(()),
    }
}

fn says_no<S: Scheduler>(world: &World<S>) -> Result<(), Violation> {
    let mut workers = (0..world.workers()).map(WorkerId::new);
    if world.scheduler.has_ready() || workers.any(|worker| world.scheduler.has_ready_for(worker)) {
        let detail = "has_ready was true with no task in the scheduler: no worker could sleep";
        return Err(Violation::new(Check::HasReady, detail));
    }
    Ok(())
}
