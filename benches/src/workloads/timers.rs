//! Sleeping tasks.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::in_task;
use crate::peer::{Peer, Spawn};

/// A timeout's ordinary life: armed, and dropped long before its time.
pub fn arm_drop<P: Peer>(peer: &P, scale: u64) {
    in_task(peer, async move {
        for _ in 0..scale {
            let mut sleep = pin!(P::Spawn::sleep(Duration::from_secs(3600)));
            poll_fn(|cx| {
                assert!(sleep.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
        }
    });
}

/// Nanoseconds by which sleeps of 1 to 20 ms end late, on average.
pub fn lateness<P: Peer>(peer: &P, scale: u64) -> f64 {
    let spawner = peer.spawner();
    let total: u64 = in_task(peer, async move {
        let sleepers: Vec<_> = (0..scale)
            .map(|i| {
                spawner.spawn(async move {
                    let duration = Duration::from_micros(1000 + i * 7919 % 19_000);
                    let started = Instant::now();
                    P::Spawn::sleep(duration).await;
                    let late = started.elapsed().checked_sub(duration);
                    late.expect("a sleep ended early").as_nanos() as u64
                })
            })
            .collect();
        let mut total = 0;
        for sleeper in sleepers {
            total += sleeper.await;
        }
        total
    });
    total as f64 / scale as f64
}
