//! What goes in comes out, once, where it belongs.

use plies_task::Cause;

use super::ledger::Token;
use super::world::{self, World};
use super::{Check, Violation, seeds};
use crate::Scheduler;
use crate::random::Random;

/// What a random scenario consists of.
pub(super) struct Mix {
    workers: usize,
    tasks: usize,
    steps: usize,
    /// Of eight takes, how many are steals without a look into the own queue.
    steals: usize,
}

/// More tasks than any bounded queue holds, and long bursts.
pub(super) const OVERFLOWING: Mix = Mix {
    workers: 2,
    tasks: 1500,
    steps: 6000,
    steals: 1,
};

/// Few tasks, and thieves at each of them.
pub(super) const STEALING: Mix = Mix {
    workers: 3,
    tasks: 12,
    steps: 3000,
    steals: 4,
};

/// A number of tasks on a number of workers.
pub(super) const SPREAD: Mix = Mix {
    workers: 3,
    tasks: 100,
    steps: 3000,
    steals: 2,
};

pub(super) fn check<S: Scheduler>(mix: Mix, make: impl Fn() -> S) -> Result<(), Violation> {
    for seed in seeds() {
        let random = &mut Random::new(seed);
        world::with(
            make(),
            mix.workers,
            mix.tasks,
            random,
            |world, tokens, random| run(&mix, world, tokens, random),
        )
        .map_err(|violation| violation.during(format_args!("seed {seed}")))?;
    }
    Ok(())
}

fn run<S: Scheduler>(
    mix: &Mix,
    world: &mut World<S>,
    mut idle: Vec<Token>,
    random: &mut Random,
) -> Result<(), Violation> {
    // Of eight steps, how many put a task in: it changes, so that queues fill up and run empty.
    let mut inflow = 6;
    for step in 0..mix.steps {
        if step % (mix.steps / 8) == 0 {
            inflow = [7, 1, 4][random.below(3)];
        }
        if random.below(8) < inflow {
            put(world, &mut idle, random);
        } else {
            idle.extend(take(mix, world, random)?);
        }
    }
    idle.extend(world.drain(0..mix.workers)?);
    world.none_left(Check::NoneLost)?;
    match world.ledger.cancelled() {
        None => Ok(()),
        Some(index) => {
            let detail = format!("task {index} was dropped, which cancelled it");
            Err(Violation::new(Check::NoneLost, detail))
        }
    }
}

/// Puts some idle task in somewhere.
fn put<S: Scheduler>(world: &mut World<S>, idle: &mut Vec<Token>, random: &mut Random) {
    if idle.is_empty() {
        return;
    }
    let token = idle.swap_remove(random.below(idle.len()));
    let cause = [Cause::Spawned, Cause::Woken, Cause::Yielded][random.below(3)];
    // Most pushes go onto the first worker, so that it overflows.
    match random.below(4) {
        0 => world.inject(token, cause),
        1 => world.push(random.below(world.workers()), token, cause),
        _ => world.push(0, token, cause),
    }
}

/// Lets some worker take a task; gives it back unless the worker pushes it at once.
fn take<S: Scheduler>(
    mix: &Mix,
    world: &mut World<S>,
    random: &mut Random,
) -> Result<Option<Token>, Violation> {
    let worker = random.below(world.workers());
    let taken = match random.below(8) < mix.steals {
        true => world.steal(worker)?,
        false => world.take(worker)?,
    };
    Ok(match taken {
        Some(token) if random.below(3) == 0 => {
            world.push(worker, token, Cause::Yielded);
            None
        }
        other => other,
    })
}
