//! Tasks that are always ready.

use super::in_task;
use super::latch::Latch;
use crate::peer::{Peer, Spawn};

const TASKS: u64 = 200;

pub fn yields<P: Peer>(peer: &P, scale: u64) {
    let spawner = peer.spawner();
    in_task(peer, async move {
        let latch = Latch::new(TASKS);
        for _ in 0..TASKS {
            let latch = latch.clone();
            spawner.spawn_detached(async move {
                for _ in 0..scale / TASKS {
                    P::Spawn::yield_now().await;
                }
                latch.count_down();
            });
        }
        latch.wait().await;
    });
}
