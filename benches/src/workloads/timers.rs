//! Sleeping tasks.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::{in_task, nanos};
use crate::machine;
use crate::peer::{Peer, Spawn, Timers};

/// A timeout's ordinary life: armed, and dropped long before its time.
pub fn arm_drop<P: Peer<Spawn: Timers>>(peer: &P, scale: u64) {
    in_task(peer, arm_and_drop::<P::Spawn>(scale));
}

async fn arm_and_drop<S: Timers>(count: u64) {
    for _ in 0..count {
        let mut sleep = pin!(S::sleep(Duration::from_secs(3600)));
        poll_fn(|cx| {
            assert!(sleep.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
    }
}

/// Sleeps of 1 to 20 ms: microseconds by which they end late, on average, and nanoseconds of CPU
/// that each takes.
pub fn lateness<P: Peer<Spawn: Timers>>(peer: &P, scale: u64) -> Vec<f64> {
    let spawner = peer.spawner();
    let before = machine::cpu_time();
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
    let cpu = machine::cpu_time() - before;
    vec![total as f64 / 1e3 / scale as f64, nanos(cpu, scale)]
}

/// Nanoseconds to arm each of `scale` sleeps that stay armed, and then to arm and drop one more.
pub fn among_many<P: Peer<Spawn: Timers>>(peer: &P, scale: u64) -> Vec<f64> {
    in_task(peer, async move {
        let mut sleeps: Vec<_> = (0..scale)
            .map(|i| Box::pin(P::Spawn::sleep(Duration::from_millis(3_600_000 + i))))
            .collect();
        let started = Instant::now();
        poll_fn(|cx| {
            for sleep in &mut sleeps {
                assert!(sleep.as_mut().poll(cx).is_pending());
            }
            Poll::Ready(())
        })
        .await;
        let arm = nanos(started.elapsed(), scale);
        let more = (scale / 4).max(1);
        let started = Instant::now();
        arm_and_drop::<P::Spawn>(more).await;
        vec![arm, nanos(started.elapsed(), more)]
    })
}
