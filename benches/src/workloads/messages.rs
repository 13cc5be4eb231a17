//! Tasks that wake each other.

use std::sync::Arc;

use futures::channel::oneshot;

use super::in_task;
use super::latch::Latch;
use crate::channel::bounded;
use crate::peer::{Peer, Spawn};

const PAIRS: u64 = 8;
/// Nodes of the pinball, and balls among them.
const NODES: usize = 64;
const BALLS: u64 = 32;

/// Senders of the funnel.
const SENDERS: u64 = 64;

/// How many messages a channel or mailbox holds.
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
                spawner.spawn_detached(one_pair(spawner.clone(), latch.clone()));
            }
            latch.wait().await;
        }
    });
}

async fn one_pair<S: Spawn>(spawner: S, latch: Latch) {
    let (ping, pinged) = oneshot::channel();
    let (pong, ponged) = oneshot::channel();
    spawner.spawn_detached(async move {
        pinged.await.unwrap();
        pong.send(()).unwrap();
    });
    ping.send(()).unwrap();
    ponged.await.unwrap();
    latch.count_down();
}

/// Pairs of tasks that stay and answer each other.
pub fn ping_pong_standing<P: Peer>(peer: &P, scale: u64) {
    pairs(peer, scale, |spawner, rounds, latch| {
        let (ping, pinged) = bounded(1);
        let (pong, ponged) = bounded(1);
        spawner.spawn_detached(async move {
            for _ in 0..rounds {
                pong.send(pinged.receive().await).await;
            }
        });
        spawner.spawn_detached(async move {
            for i in 0..rounds {
                ping.send(i).await;
                assert_eq!(ponged.receive().await, i);
            }
            latch.count_down();
        });
    });
}

pub fn pairs_light<P: Peer>(peer: &P, scale: u64) {
    pairs(peer, scale, |spawner, messages, latch| {
        let (sender, receiver) = bounded(CAPACITY);
        spawner.spawn_detached(async move {
            for i in 0..messages {
                sender.send(i).await;
            }
        });
        spawner.spawn_detached(async move {
            for i in 0..messages {
                assert_eq!(receiver.receive().await, i);
            }
            latch.count_down();
        });
    });
}

pub fn pairs_async_channel<P: Peer>(peer: &P, scale: u64) {
    pairs(peer, scale, |spawner, messages, latch| {
        let (sender, receiver) = async_channel::bounded(CAPACITY);
        spawner.spawn_detached(async move {
            for i in 0..messages {
                sender.send(i).await.unwrap();
            }
        });
        spawner.spawn_detached(async move {
            for i in 0..messages {
                assert_eq!(receiver.recv().await.unwrap(), i);
            }
            latch.count_down();
        });
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
                            Some(node) => inlets[node].send(ball).await.unwrap(),
                            None => latch.count_down(),
                        }
                    }
                })
            })
            .collect();
        for (node, ball) in Ball::all(scale) {
            inlets[node].send(ball).await.unwrap();
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
    /// The balls that hop `hops` times together, each with the node where it begins.
    fn all(hops: u64) -> impl Iterator<Item = (usize, Self)> {
        (1..=BALLS).map(move |seed| {
            let left = hops / BALLS;
            (seed as usize % NODES, Self { left, seed })
        })
    }

    /// The next node, or none if the ball has hopped enough (xorshift by Marsaglia).
    fn hop(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        Some(self.seed as usize % NODES)
    }
}

/// Many senders, one receiver.
pub fn funnel<P: Peer>(peer: &P, scale: u64) {
    let spawner = peer.spawner();
    in_task(peer, async move {
        let (sender, receiver) = async_channel::bounded(CAPACITY);
        for _ in 0..SENDERS {
            let sender = sender.clone();
            spawner.spawn_detached(async move {
                for i in 0..scale / SENDERS {
                    sender.send(i).await.unwrap();
                }
            });
        }
        drop(sender);
        let mut received = 0;
        while receiver.recv().await.is_ok() {
            received += 1;
        }
        assert_eq!(received, scale / SENDERS * SENDERS);
    });
}
