//! Tasks that wake each other.

use std::sync::Arc;

use futures::channel::oneshot;

use super::in_task;
use super::latch::Latch;
use crate::channel::bounded;
use crate::peer::{Peer, Spawn};

const PAIRS: u64 = 8;
const CAPACITY: usize = 64;

/// Pairs that are spawned, exchange one message each way, and end, 1,000 at a time.
pub fn ping_pong_spawned<P: Peer>(peer: &P, scale: u64) {
    let spawner = peer.spawner();
    in_task(peer, async move {
        let mut left = scale;
        while left > 0 {
            let batch = left.min(1000);
            left -= batch;
            let latch = Latch::new(batch);
            for _ in 0..batch {
                P::Spawn::detach(spawner.spawn(one_pair(spawner.clone(), latch.clone())));
            }
            latch.wait().await;
        }
    });
}

async fn one_pair<S: Spawn>(spawner: S, latch: Latch) {
    let (ping, pinged) = oneshot::channel();
    let (pong, ponged) = oneshot::channel();
    S::detach(spawner.spawn(async move {
        pinged.await.unwrap();
        pong.send(()).unwrap();
    }));
    ping.send(()).unwrap();
    ponged.await.unwrap();
    latch.count_down();
}

/// Pairs of tasks that stay and answer each other.
pub fn ping_pong_standing<P: Peer>(peer: &P, scale: u64) {
    pairs(peer, scale, |spawner, rounds, latch| {
        let (ping, pinged) = bounded(1);
        let (pong, ponged) = bounded(1);
        P::Spawn::detach(spawner.spawn(async move {
            for _ in 0..rounds {
                pong.send(pinged.receive().await).await;
            }
        }));
        P::Spawn::detach(spawner.spawn(async move {
            for i in 0..rounds {
                ping.send(i).await;
                assert_eq!(ponged.receive().await, i);
            }
            latch.count_down();
        }));
    });
}

pub fn pairs_light<P: Peer>(peer: &P, scale: u64) {
    pairs(peer, scale, |spawner, messages, latch| {
        let (sender, receiver) = bounded(CAPACITY);
        P::Spawn::detach(spawner.spawn(async move {
            for i in 0..messages {
                sender.send(i).await;
            }
        }));
        P::Spawn::detach(spawner.spawn(async move {
            for i in 0..messages {
                assert_eq!(receiver.receive().await, i);
            }
            latch.count_down();
        }));
    });
}

pub fn pairs_async_channel<P: Peer>(peer: &P, scale: u64) {
    pairs(peer, scale, |spawner, messages, latch| {
        let (sender, receiver) = async_channel::bounded(CAPACITY);
        P::Spawn::detach(spawner.spawn(async move {
            for i in 0..messages {
                sender.send(i).await.unwrap();
            }
        }));
        P::Spawn::detach(spawner.spawn(async move {
            for i in 0..messages {
                assert_eq!(receiver.recv().await.unwrap(), i);
            }
            latch.count_down();
        }));
    });
}

/// Spawns [`PAIRS`] pairs with their share of `scale`, and waits for all.
fn pairs<P: Peer>(peer: &P, scale: u64, pair: impl Fn(&P::Spawn, u64, Latch) + Send + 'static) {
    let spawner = peer.spawner();
    let latch = Latch::new(PAIRS);
    in_task(peer, async move {
        for _ in 0..PAIRS {
            pair(&spawner, scale / PAIRS, latch.clone());
        }
        latch.wait().await;
    });
}

/// Balls that hop among nodes: a node that gets a ball passes it on to a node chosen by the ball.
pub fn pinball<P: Peer>(peer: &P, scale: u64) {
    const NODES: usize = 64;
    const BALLS: u64 = 32;
    let spawner = peer.spawner();
    in_task(peer, async move {
        let latch = Latch::new(BALLS);
        let (inlets, outlets): (Vec<_>, Vec<_>) = (0..NODES)
            .map(|_| async_channel::bounded::<Ball>(BALLS as usize))
            .unzip();
        let inlets = Arc::new(inlets);
        let nodes: Vec<_> = outlets
            .into_iter()
            .map(|outlet| {
                let (inlets, latch) = (inlets.clone(), latch.clone());
                spawner.spawn(async move {
                    while let Ok(mut ball) = outlet.recv().await {
                        match ball.hop() {
                            Some(node) => inlets[node % NODES].send(ball).await.unwrap(),
                            None => latch.count_down(),
                        }
                    }
                })
            })
            .collect();
        for ball in 0..BALLS {
            let ball = Ball {
                left: scale / BALLS,
                seed: ball + 1,
            };
            inlets[ball.seed as usize % NODES].send(ball).await.unwrap();
        }
        latch.wait().await;
        inlets.iter().for_each(|inlet| {
            inlet.close();
        });
        for node in nodes {
            node.await;
        }
    });
}

struct Ball {
    left: u64,
    seed: u64,
}

impl Ball {
    /// The next node, or none if the ball has hopped enough (xorshift by Marsaglia).
    fn hop(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        Some(self.seed as usize)
    }
}

/// Many senders, one receiver.
pub fn funnel<P: Peer>(peer: &P, scale: u64) {
    const SENDERS: u64 = 64;
    let spawner = peer.spawner();
    in_task(peer, async move {
        let (sender, receiver) = async_channel::bounded(CAPACITY);
        for _ in 0..SENDERS {
            let sender = sender.clone();
            P::Spawn::detach(spawner.spawn(async move {
                for i in 0..scale / SENDERS {
                    sender.send(i).await.unwrap();
                }
            }));
        }
        drop(sender);
        let mut received = 0;
        while receiver.recv().await.is_ok() {
            received += 1;
        }
        assert_eq!(received, scale / SENDERS * SENDERS);
    });
}
