//! The work-stealing policy alone: a worker against two thieves. The deques are the modelled ones;
//! the LIFO slot, the order of looks, the batches and the overflow are the real code.

use super::{Count, both_orders, task};
use plies_scheduler::{Cause, Scheduler, WorkStealing, WorkerId};
use plies_shim::model::Model;
use plies_shim::thread;
use std::sync::Arc;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "LIFO take against two thieves", lifo_against_thieves, floor 130, bound 2,
        [LifoTakeTears], weak [LifoDoesNotPublish]
    ));
    all.extend(both_orders!(
        "LIFO displacement against two thieves", lifo_put_against_thieves, floor 190, bound 2,
        [LifoPutForgets], weak []
    ));
    all.extend(both_orders!(
        "pop against two thieves", pop_against_thieves, floor 5000, bound 2, [StealLosesTask], weak []
    ));
    all.extend(both_orders!(
        "last item against two thieves", last_item_against_thieves, floor 380, bound 2, [StealLosesTask], weak []
    ));
    all.extend(both_orders!(
        "overflow against steal", overflow_against_steal, floor 6000, bound 2,
        [OverflowLosesTask], weak []
    ));
    all.extend(both_orders!(
        "spare comes, steals and goes", spare_against_owner, floor 45, bound 3,
        [VacateForgets, StealLosesTask], weak []
    ));
    all
}

/// The owner acts, two thieves look twice each, and in the end every task has run once.
fn contest<const SWAP: bool>(
    policy: WorkStealing,
    before: &[Cause],
    during: &'static [Cause],
    takes: usize,
) {
    let policy = Arc::new(policy);
    let runs = Count::default();
    let mut local = policy.attach(WorkerId::new(0));
    for cause in before {
        policy.push(&mut local, task(&runs), *cause);
    }
    let thief = |index: usize| {
        let (policy, mut local) = (policy.clone(), policy.attach(WorkerId::new(index)));
        move || {
            for _ in 0..2 {
                let taken = policy.next(&mut local).or_else(|| policy.steal(&mut local));
                taken.map(|task| task.run());
            }
            local
        }
    };
    let owner = {
        let (policy, runs) = (policy.clone(), runs.clone());
        move || {
            for cause in during {
                policy.push(&mut local, task(&runs), *cause);
            }
            for _ in 0..takes {
                policy.next(&mut local).map(|task| task.run());
            }
            local
        }
    };
    let (first, second) = (thief(1), thief(2));
    let mut locals = if SWAP {
        let threads = [thread::spawn(owner), thread::spawn(first)];
        let mut locals = vec![second()];
        locals.extend(threads.map(|thread| thread.join().unwrap()));
        locals
    } else {
        let threads = [thread::spawn(first), thread::spawn(second)];
        let mut locals = vec![owner()];
        locals.extend(threads.map(|thread| thread.join().unwrap()));
        locals
    };
    for local in &mut locals {
        while let Some(task) = policy.next(local) {
            task.run();
        }
    }
    assert_eq!(runs.get(), before.len() + during.len(), "a task is lost");
}

fn lifo_against_thieves<const SWAP: bool>() {
    contest::<SWAP>(WorkStealing::new(), &[], &[Cause::Woken], 1);
}

fn lifo_put_against_thieves<const SWAP: bool>() {
    contest::<SWAP>(WorkStealing::new(), &[Cause::Woken], &[Cause::Woken], 0);
}

fn pop_against_thieves<const SWAP: bool>() {
    contest::<SWAP>(WorkStealing::new(), &[Cause::Yielded; 3], &[], 2);
}

fn last_item_against_thieves<const SWAP: bool>() {
    contest::<SWAP>(WorkStealing::new(), &[Cause::Yielded], &[], 1);
}

fn overflow_against_steal<const SWAP: bool>() {
    contest::<SWAP>(
        WorkStealing::new().capacity(1),
        &[],
        &[Cause::Yielded; 2],
        1,
    );
}

/// A spare worker is attached, steals, polls one task and leaves the rest to the shared queue, while
/// the worker that it stole from goes on.
fn spare_against_owner<const SWAP: bool>() {
    let policy = Arc::new(WorkStealing::new());
    let runs = Count::default();
    let mut local = policy.attach(WorkerId::new(0));
    for _ in 0..3 {
        policy.push(&mut local, task(&runs), Cause::Yielded);
    }
    let spare = {
        let policy = policy.clone();
        move || {
            let mut local = policy.attach(WorkerId::new(2));
            policy.steal(&mut local).map(|task| task.run());
            for task in policy.vacate(&mut local) {
                policy.inject(task, Cause::Woken);
            }
        }
    };
    let owner = {
        let policy = policy.clone();
        move || {
            for _ in 0..2 {
                policy.next(&mut local).map(|task| task.run());
            }
            local
        }
    };
    let mut local = if SWAP {
        let thread = thread::spawn(owner);
        spare();
        thread.join().unwrap()
    } else {
        let thread = thread::spawn(spare);
        let local = owner();
        thread.join().unwrap();
        local
    };
    while let Some(task) = policy.next(&mut local) {
        task.run();
    }
    assert_eq!(runs.get(), 3, "a task is lost");
}
