//! Connections that live for one request.

use std::time::Instant;

use super::{in_task, rate, sockets};
use crate::exchange::ECHO;
use crate::peer::{Peer, Sockets, Spawn};

/// How many tasks connect at a time.
pub const CLIENTS: u64 = 64;

/// Connections a second: connect, one echo, close, by [`CLIENTS`] tasks that go on and on.
pub fn connections<P: Peer<Spawn: Sockets>>(peer: &P, scale: u64) -> f64 {
    let addresses = sockets::serve(peer, |spawner, listener| async move {
        spawner.serve(listener).await;
    });
    let each = (scale / CLIENTS).max(1);
    let spawner = peer.spawner();
    let run = |each| {
        let (spawner, addresses) = (spawner.clone(), addresses.clone());
        async move {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let address = addresses[client as usize % addresses.len()];
                    spawner.spawn(async move {
                        for _ in 0..each {
                            P::Spawn::request(address, ECHO, 1).await;
                        }
                    })
                })
                .collect();
            for client in clients {
                client.await;
            }
        }
    };
    in_task(peer, run((each / 10).max(1)));
    let started = Instant::now();
    in_task(peer, run(each));
    rate(CLIENTS * each, started.elapsed())
}
