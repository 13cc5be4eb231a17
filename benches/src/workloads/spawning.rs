//! Tasks that are born, finish at once, and are joined or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::in_task;
use super::latch::Latch;
use crate::peer::{Peer, Spawn};

const BATCH: u64 = 10_000;

/// `scale` in batches of at most `batch`.
fn batches(scale: u64, batch: u64) -> impl Iterator<Item = u64> {
    (0..scale)
        .step_by(batch as usize)
        .map(move |done| batch.min(scale - done))
}

pub fn local<P: Peer>(peer: &P, scale: u64) {
    let spawner = peer.spawner();
    in_task(peer, async move {
        for batch in batches(scale, BATCH) {
            let latch = Latch::new(batch);
            for _ in 0..batch {
                let latch = latch.clone();
                spawner.spawn_detached(async move { latch.count_down() });
            }
            latch.wait().await;
        }
    });
}

pub fn local_join<P: Peer>(peer: &P, scale: u64) {
    let spawner = peer.spawner();
    in_task(peer, async move {
        for i in 0..scale {
            assert_eq!(spawner.spawn(async move { i }).await, i);
        }
    });
}

pub fn join_all<P: Peer>(peer: &P, scale: u64) {
    let spawner = peer.spawner();
    in_task(peer, async move {
        for batch in batches(scale, 1000) {
            let children: Vec<_> = (0..batch)
                .map(|i| spawner.spawn(async move { i }))
                .collect();
            let mut sum = 0;
            for child in children {
                sum += child.await;
            }
            assert_eq!(sum, batch * (batch - 1) / 2);
        }
    });
}

pub fn outside_join<P: Peer>(peer: &P, scale: u64) {
    let spawner = peer.spawner();
    for batch in batches(scale, BATCH) {
        let children: Vec<_> = (0..batch)
            .map(|i| spawner.spawn(async move { i }))
            .collect();
        peer.block_on(async {
            for (i, child) in children.into_iter().enumerate() {
                assert_eq!(child.await, i as u64);
            }
        });
    }
}

/// Spawned from outside in one batch, joined by nobody.
pub fn outside_batch<P: Peer>(peer: &P, scale: u64) {
    let spawner = peer.spawner();
    for batch in batches(scale, BATCH) {
        let latch = Latch::new(batch);
        for _ in 0..batch {
            let latch = latch.clone();
            spawner.spawn_detached(async move { latch.count_down() });
        }
        peer.block_on(latch.wait());
    }
}

/// [`outside_join`] while two tasks a worker yield for ever; nanoseconds a task.
pub fn outside_busy<P: Peer>(peer: &P, workers: usize, scale: u64) -> f64 {
    let stop = Arc::new(AtomicBool::new(false));
    let spawner = peer.spawner();
    let busy: Vec<_> = (0..2 * workers)
        .map(|_| {
            let stop = stop.clone();
            spawner.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    P::Spawn::yield_now().await;
                }
            })
        })
        .collect();
    let started = Instant::now();
    outside_join(peer, scale);
    let elapsed = started.elapsed();
    stop.store(true, Ordering::Relaxed);
    peer.block_on(async {
        for task in busy {
            task.await;
        }
    });
    elapsed.as_nanos() as f64 / scale as f64
}

pub fn chain<P: Peer>(peer: &P, scale: u64) {
    fn link<S: Spawn>(spawner: S, left: u64, latch: Latch) {
        let next = spawner.clone();
        spawner.spawn_detached(async move {
            match left {
                0 => latch.count_down(),
                _ => link(next, left - 1, latch),
            }
        });
    }
    let spawner = peer.spawner();
    in_task(peer, async move {
        let latch = Latch::new(1);
        link(spawner, scale, latch.clone());
        latch.wait().await;
    });
}
