//! The seeded scheduler: one order for each seed.

mod util;

use std::sync::{Arc, Mutex};

use plies_scheduler::{CurrentThread, Seeded};
use util::YieldNow;

/// The order in which four tasks of two polls each are polled.
fn polls(seed: u64) -> Vec<u32> {
    let executor = CurrentThread::builder()
        .scheduler(Seeded::new(seed))
        .build_current_thread();
    let order: Arc<Mutex<Vec<u32>>> = Arc::default();
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let order = order.clone();
            executor.handle().spawn(async move {
                order.lock().unwrap().push(task);
                YieldNow::default().await;
                order.lock().unwrap().push(task);
            })
        })
        .collect();
    executor.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    std::mem::take(&mut *order.lock().unwrap())
}

#[test]
fn the_same_seed_gives_the_same_order() {
    assert!((0..100).all(|seed| polls(seed) == polls(seed)));
}

#[test]
fn other_seeds_give_other_orders() {
    let mut orders: Vec<_> = (0..100).map(polls).collect();
    orders.sort();
    orders.dedup();
    assert!(orders.len() > 50, "{} orders from 100 seeds", orders.len());
}

#[test]
fn the_order_of_a_seed_is_the_same_on_any_machine() {
    assert_eq!(polls(1), [2, 3, 3, 1, 2, 1, 0, 0]);
    assert_eq!(polls(2), [2, 3, 2, 3, 0, 1, 1, 0]);
}
