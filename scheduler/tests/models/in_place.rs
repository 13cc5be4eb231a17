//! A task that blocks in place while its pool ends, on the threads of the model: the pool's own
//! worker, its spare, posts, idle set and policy, without the threads that a pool would start.
//!
//! The blocked task waits for another one, which was queued behind it or is spawned while it blocks.
//! Proved, for every moment at which the end may come, before or after there is a spare: that one is
//! run or dropped, once, though the blocked worker cannot do it, so that neither the task nor the end
//! of the pool hangs; and whoever came has been counted out when the end returns.

use super::{Count, OnDrop, Shared, Work, Workers, both_orders, end, together};
use plies_scheduler::{Handle, Rescue, ThreadPool, block_in_place};
use plies_shim::model::Model;
use plies_shim::thread;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "block in place against shutdown, one behind", behind_against_shutdown, floor 100, bound 1,
        [RefusedSkipsSweep], weak []
    ));
    all.extend(both_orders!(
        "block in place against shutdown, one inside", inside_against_shutdown, floor 300, bound 1,
        [SpareSkipsSweep], weak []
    ));
    all
}

/// Where the task is spawned that the blocked one waits for.
#[derive(Clone, Copy, PartialEq)]
enum Spawned {
    Behind,
    Inside,
}

/// What both sides share, besides the pool.
#[derive(Clone, Default)]
struct Scene {
    /// The task is in its poll, and the pool is about to end.
    met: Shared<u32>,
    /// The spare's work, or none if there is to be no spare; not told yet.
    spare: Shared<Option<Option<Work>>>,
    /// The task that is waited for is over.
    over: Shared<bool>,
    drops: Count,
}

impl Scene {
    /// Waits until both sides are here.
    fn meet(&self) {
        self.met.change(|met| *met += 1);
        self.met.wait(|met| (*met == 2).then_some(()));
    }

    /// A task that says when it is over, whether it has run or not.
    fn spawn(&self, handle: &Handle) {
        let over = Over(self.over.clone(), self.drops.on_drop());
        handle.spawn(async move { drop(over) }).detach();
    }

    /// The poll of the task that blocks.
    fn block(&self, spawned: Spawned, handle: &Handle, workers: &Workers) {
        if spawned == Spawned::Behind {
            self.spawn(handle);
        }
        self.meet();
        block_in_place(|| {
            self.spare.change(|spare| *spare = Some(workers.started()));
            if spawned == Spawned::Inside {
                self.spawn(handle);
            }
            self.over.pass();
        });
    }
}

struct Over(Shared<bool>, #[allow(dead_code)] OnDrop);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.open();
    }
}

fn behind_against_shutdown<const SWAP: bool>() {
    in_place_against_shutdown::<SWAP>(Spawned::Behind);
}

fn inside_against_shutdown<const SWAP: bool>() {
    in_place_against_shutdown::<SWAP>(Spawned::Inside);
}

fn in_place_against_shutdown<const SWAP: bool>(spawned: Spawned) {
    let rescue = Rescue::off().max_spares(1);
    let (builder, workers) = Workers::of(ThreadPool::builder().workers(1).rescue(rescue));
    let pool = builder.build().unwrap();
    let (owner, handle, scene) = (workers.next(), pool.handle().clone(), Scene::default());
    let (within, blocking, token) = (handle.clone(), scene.clone(), scene.drops.on_drop());
    let task = async move {
        let _token = token;
        blocking.block(spawned, &within, &workers);
    };
    handle.spawn(task).detach();
    let coming = scene.spare.clone();
    let spare = thread::spawn(move || {
        coming
            .wait(Option::take)
            .into_iter()
            .for_each(|work| work())
    });
    let ending = scene.clone();
    together::<SWAP>(owner, move || {
        ending.meet();
        end(pool);
    });
    spare.join().unwrap();
    assert_eq!(scene.drops.get(), 2);
    assert_eq!(handle.metrics().rescue().spare_workers, 0);
}
