//! A thread that the runtime does not know wakes a task and waits for its answer.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::peer::{Peer, Spawn};

pub fn hot<P: Peer>(peer: &P, scale: u64) -> f64 {
    round_trips(peer, scale, Duration::ZERO)
}

pub fn cold<P: Peer>(peer: &P, scale: u64) -> f64 {
    round_trips(peer, scale, Duration::from_micros(200))
}

/// Nanoseconds a round trip, the pauses left out.
fn round_trips<P: Peer>(peer: &P, scale: u64, pause: Duration) -> f64 {
    let (ask, asked) = async_channel::bounded::<()>(1);
    let (answer, answered) = mpsc::sync_channel::<()>(1);
    let task = peer.spawner().spawn(async move {
        while asked.recv().await.is_ok() {
            answer.send(()).unwrap();
        }
    });
    let foreign = std::thread::spawn(move || {
        let mut total = Duration::ZERO;
        for _ in 0..scale {
            std::thread::sleep(pause);
            let started = Instant::now();
            ask.try_send(()).unwrap();
            answered.recv().unwrap();
            total += started.elapsed();
        }
        total
    });
    peer.block_on(task);
    foreign.join().unwrap().as_nanos() as f64 / scale as f64
}
