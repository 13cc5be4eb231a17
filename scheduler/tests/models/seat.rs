//! `CurrentThread`: the driving thread hands over, or ends the executor.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Count, both_orders, together};
use plies_scheduler::{CurrentThread, Fifo};
use plies_shim::model::{Model, expect_panics};
use plies_shim::sync::Arc;
use plies_shim::thread;

pub fn models() -> Vec<Model> {
    let model = Model::new("the driver leaves, the waiter drives", hand_over);
    let mut all = vec![
        model
            .floor(4_000)
            .preemptions(3)
            .bug("SeatPassedToNobody", || {
                super::plant_and_run(super::Mutant::SeatPassedToNobody, hand_over)
            }),
    ];
    all.extend(both_orders!(
        "a panic ends it, a task is spawned", panic_against_spawn, floor 2_000, bound 3,
        [FailedKeepsLate], weak []
    ));
    all.extend(both_orders!(
        "a panic ends it, another waits to drive", panic_against_wait, floor 50, bound 3,
        [SeatPassedToNobody], weak []
    ));
    all
}

/// An executor that a task ends, with that task queued.
fn panicking() -> Arc<CurrentThread> {
    expect_panics("a task panicked");
    let executor = CurrentThread::builder()
        .shutdown_on_panic(true)
        .build_current_thread();
    executor.handle().spawn(super::shutdown::guilty()).detach();
    Arc::new(executor)
}

/// Waits for what never comes, until the executor is over.
fn wait_for_panic(executor: &CurrentThread) {
    let waited = catch_unwind(AssertUnwindSafe(|| executor.block_on(pending::<()>())));
    assert!(waited.is_err());
}

/// A task is spawned while another one's panic ends the executor. Proved: it is over then, though
/// nobody has shut the executor down, and nobody drives it any more.
fn panic_against_spawn<const SWAP: bool>() {
    let executor = panicking();
    let (handle, drops) = (executor.handle().clone(), Count::default());
    let token = drops.on_drop();
    let driving = executor.clone();
    together::<SWAP>(
        move || wait_for_panic(&driving),
        move || handle.spawn(async move { drop(token) }).detach(),
    );
    assert_eq!(drops.get(), 1);
}

/// Two threads wait when a task's panic ends the executor. Proved: neither goes on waiting.
fn panic_against_wait<const SWAP: bool>() {
    let executor = panicking();
    let other = executor.clone();
    together::<SWAP>(
        move || wait_for_panic(&executor),
        move || wait_for_panic(&other),
    );
}

/// Each thread waits for a task of its own; whichever drives last has to run what is left. Both play
/// the same role, so that there are no two orders.
fn hand_over() {
    let executor = Arc::new(
        CurrentThread::builder()
            .scheduler(Fifo::new())
            .build_current_thread(),
    );
    let runs = Count::default();
    let wait = {
        let runs = runs.clone();
        move |executor: &CurrentThread| {
            let runs = runs.clone();
            let task = executor.handle().spawn(async move { runs.add() });
            executor.block_on(task).unwrap();
        }
    };
    let other = thread::spawn({
        let (executor, wait) = (executor.clone(), wait.clone());
        move || wait(&executor)
    });
    wait(&executor);
    other.join().unwrap();
    assert_eq!(runs.get(), 2);
}
