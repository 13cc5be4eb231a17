//! Spare workers against everything that may happen meanwhile. The monitor is a function here, and
//! is told the time.

use std::time::Duration;

use super::{Count, Shared, both_orders, together};
use plies_scheduler::{
    Builder, Fifo, Rescue, Scheduler, ThreadPool, WorkStealing, block_in_place, block_on,
};
use plies_shim::model::Model;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "monitor marks stuck against poll end", stuck_against_poll_end, floor 100, bound 1,
        [OwnerNeverReclaims], weak []
    ));
    all.extend(both_orders!(
        "spare starts against shutdown", start_against_shutdown, floor 100, bound 1,
        [SpareStartsAfterClose], weak []
    ));
    all.extend(both_orders!(
        "spare retires against new work", retire_against_new_work, floor 100, bound 1,
        [SpareKeepsSearch, DeposedKeepsSignal], weak []
    ));
    all.extend(both_orders!(
        "spare retires with tasks in the shared queue", retire_after_sharing, floor 100, bound 1,
        [SpareTellsNobody], weak []
    ));
    all.extend(both_orders!(
        "spare retires with tasks in its queue", retire_with_tasks, floor 100, bound 1,
        [SpareKeepsTasks], weak []
    ));
    all.extend(both_orders!(
        "block in place against new work", in_place_against_new_work, floor 100, bound 1,
        [AsideKeepsTasks, AsideKeepsWorker], weak []
    ));
    all.push(
        Model::new("two workers stuck at once", two_stuck)
            .floor(100)
            .preemptions(1)
            .bug("OwnerNeverReclaims", || {
                super::plant_and_run(super::Mutant::OwnerNeverReclaims, two_stuck)
            }),
    );
    all
}

/// A door that a task holds its thread up at.
type Gate = Shared<bool>;

type Sample = Box<dyn FnMut(u64) + Send>;

/// A pool, and its monitor, which is told the milliseconds.
fn pool<S: Scheduler>(workers: usize, scheduler: S) -> (ThreadPool, Sample) {
    let rescue = Rescue::new()
        .threshold(Duration::from_millis(10))
        .max_spares(workers)
        .max_busy_spares(workers);
    let builder: Builder<S> = ThreadPool::builder().scheduler(scheduler);
    let (pool, mut sample) = builder
        .workers(workers)
        .rescue(rescue)
        .build_with_monitor()
        .unwrap();
    (pool, Box::new(move |ms| sample(Duration::from_millis(ms))))
}

/// A task that blocks its worker until `gate` opens; returns when it does.
fn block_a_worker(pool: &ThreadPool, gate: &Gate) {
    let (gate, blocked) = (gate.clone(), Gate::default());
    let now = blocked.clone();
    let task = async move {
        now.open();
        gate.pass();
    };
    pool.handle().spawn(task).detach();
    blocked.pass();
}

/// The worker returns while a spare takes its place: what is spawned then runs, whoever it is.
fn stuck_against_poll_end<const SWAP: bool>() {
    let (pool, mut sample) = pool(1, Fifo::new());
    let gate = Gate::default();
    block_a_worker(&pool, &gate);
    sample(0);
    together::<SWAP>(move || sample(20), move || gate.open());
    block_on(pool.handle().spawn(async {})).unwrap();
    end(pool);
}

/// The end of the pool meets the start of a spare: nobody is left when it returns.
fn start_against_shutdown<const SWAP: bool>() {
    let (pool, mut sample) = pool(1, Fifo::new());
    let gate = Gate::default();
    block_a_worker(&pool, &gate);
    sample(0);
    together::<SWAP>(
        move || sample(20),
        move || {
            gate.open();
            end(pool);
        },
    );
}

/// The stuck worker returns while new tasks arrive: the spare leaves, and none of them stays.
fn retire_against_new_work<const SWAP: bool>() {
    let (pool, mut sample) = pool(1, Fifo::new());
    let gate = Gate::default();
    block_a_worker(&pool, &gate);
    sample(0);
    sample(20);
    let handle = pool.handle().clone();
    together::<SWAP>(
        move || gate.open(),
        move || block_on(handle.spawn(async {})).unwrap(),
    );
    block_on(pool.handle().spawn(async {})).unwrap();
    end(pool);
}

/// The spare has tasks in its queue when it is deposed: they run all the same.
fn retire_with_tasks<const SWAP: bool>() {
    retire::<SWAP, _>(WorkStealing::new());
}

/// The spare has put a task where all look, and woken nobody, when it is deposed.
fn retire_after_sharing<const SWAP: bool>() {
    retire::<SWAP, _>(Fifo::new());
}

fn retire<const SWAP: bool, S: Scheduler>(scheduler: S) {
    let (pool, mut sample) = pool(1, scheduler);
    let (gate, runs) = (Gate::default(), Count::default());
    block_a_worker(&pool, &gate);
    sample(0);
    sample(20);
    let (handle, counted) = (pool.handle().clone(), runs.clone());
    together::<SWAP>(
        move || gate.open(),
        move || {
            let spawner = handle.clone();
            let outer = handle.spawn(async move {
                // Left in the LIFO slot of whoever polls this.
                [spawner.spawn(async move { counted.add() })]
            });
            let [inner] = block_on(outer).unwrap();
            block_on(inner).unwrap();
        },
    );
    assert_eq!(runs.get(), 1);
    end(pool);
}

/// A task waits in place for what is queued behind it, and for what it spawns meanwhile, while
/// others spawn too.
fn in_place_against_new_work<const SWAP: bool>() {
    let (pool, _) = pool(1, WorkStealing::new());
    let (ours, theirs) = (pool.handle().clone(), pool.handle().clone());
    together::<SWAP>(
        move || {
            let spawner = ours.clone();
            let outer = ours.spawn(async move {
                let behind = spawner.spawn(async {});
                block_in_place(|| {
                    block_on(behind).unwrap();
                    block_on(spawner.spawn(async {})).unwrap();
                });
            });
            block_on(outer).unwrap();
        },
        move || block_on(theirs.spawn(async {})).unwrap(),
    );
    block_on(pool.handle().spawn(async {})).unwrap();
    end(pool);
}

/// Both workers block, and both are replaced.
fn two_stuck() {
    let (pool, mut sample) = pool(2, Fifo::new());
    let gate = Gate::default();
    block_a_worker(&pool, &gate);
    block_a_worker(&pool, &gate);
    sample(0);
    sample(20);
    block_on(pool.handle().spawn(async {})).unwrap();
    gate.open();
    block_on(pool.handle().spawn(async {})).unwrap();
    end(pool);
}

/// Ends the pool. Nobody is left, and no spare is either.
fn end(pool: ThreadPool) {
    let handle = pool.handle().clone();
    super::end(pool);
    assert_eq!(handle.metrics().rescue().spare_workers, 0);
}
