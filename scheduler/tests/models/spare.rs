//! A spare worker that comes, steals and leaves, on the threads of the model: the pool's own
//! workers, posts, idle set and policy, without the threads that a pool would start.
//!
//! Worker 0 polls a task that leaves others in its queue and then takes long: the monitor, which is
//! a function here and is told the time, has a spare started. From there on the roles run at once.

use std::time::Duration;

use super::{Shared, Workers, both_orders, end, together};
use plies_scheduler::{Handle, Rescue, ThreadPool};
use plies_shim::model::Model;
use plies_shim::thread;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "spare comes and goes against its owner", spare_against_owner, floor 30_000, bound 2,
        [SpareKeepsTasks, VacateForgets, StealLosesTask, OwnerNeverReclaims], weak []
    ));
    all.extend(both_orders!(
        "spare comes and goes against a thief", spare_against_thief, floor 30_000, bound 1,
        [StealLosesTask], weak []
    ));
    all
}

/// The tasks that have run.
type Runs = Shared<u32>;

/// How many there are to run.
const TASKS: u32 = 3;

/// Leaves a task in the worker's deque, and one in its LIFO slot, which leaves another one in that of
/// whoever polls it.
fn spawn_tasks(handle: &Handle, runs: &Runs) {
    spawn_counted(handle, runs);
    let (spawner, counted) = (handle.clone(), runs.clone());
    let outer = async move {
        spawn_counted(&spawner, &counted);
        counted.change(|runs| *runs += 1);
    };
    handle.spawn(outer).detach();
}

fn spawn_counted(handle: &Handle, runs: &Runs) {
    let counted = runs.clone();
    handle
        .spawn(async move { counted.change(|runs| *runs += 1) })
        .detach();
}

/// A pool whose worker 0 will be stuck, with `TASKS` in its queue.
struct Stage {
    pool: ThreadPool,
    workers: Workers,
    runs: Runs,
    /// The spare is about to begin: the long task returns, from now on.
    begun: Shared<bool>,
}

impl Stage {
    fn new(workers: usize) -> Self {
        let rescue = Rescue::new()
            .threshold(Duration::from_millis(10))
            .max_spares(1);
        let builder = ThreadPool::builder().workers(workers).rescue(rescue);
        let (builder, workers) = Workers::of(builder);
        let (pool, mut sample) = builder.build_with_monitor().unwrap();
        let (runs, begun) = (Runs::default(), Shared::default());
        let (handle, counted, spare_begun) = (pool.handle().clone(), runs.clone(), begun.clone());
        let long = async move {
            spawn_tasks(&handle, &counted);
            sample(Duration::ZERO);
            sample(Duration::from_millis(20));
            spare_begun.pass();
        };
        pool.handle().spawn(long).detach();
        Stage {
            pool,
            workers,
            runs,
            begun,
        }
    }

    /// What the spare's thread does, and the end of the pool once every task has run.
    fn spare(self) {
        let spare = self.workers.next();
        self.begun.open();
        spare();
        self.runs.wait(|runs| (*runs == TASKS).then_some(()));
        end(self.pool);
    }
}

/// The stuck worker returns while the spare takes its place, and its tasks.
fn spare_against_owner<const SWAP: bool>() {
    let stage = Stage::new(1);
    let owner = stage.workers.next();
    together::<SWAP>(owner, move || stage.spare());
}

/// The spare and another worker take the stuck worker's tasks, and the other one the spare's.
fn spare_against_thief<const SWAP: bool>() {
    let stage = Stage::new(2);
    let (owner, thief) = (stage.workers.next(), stage.workers.next());
    let begun = stage.begun.clone();
    let owner = thread::spawn(owner);
    together::<SWAP>(
        move || stage.spare(),
        move || {
            begun.pass();
            thief();
        },
    );
    owner.join().unwrap();
}
