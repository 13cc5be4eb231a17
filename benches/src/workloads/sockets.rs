//! TCP over loopback, client and server in the runtime that is measured.

use std::time::Instant;

use super::in_task;
use crate::peer::{Peer, Spawn};

/// Requests a second over `connections` that each send the next message when the last is answered.
pub fn echo<P: Peer>(peer: &P, connections: u64, scale: u64) -> f64 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let spawner = peer.spawner();
    let requests = (scale / connections).max(1);
    let server = spawner.clone();
    P::Spawn::detach(spawner.spawn(async move { server.serve(listener).await }));
    let clients = move |requests| {
        let spawner = spawner.clone();
        async move {
            let clients: Vec<_> = (0..connections)
                .map(|_| spawner.spawn(P::Spawn::request(address, requests)))
                .collect();
            for client in clients {
                client.await;
            }
        }
    };
    in_task(peer, clients((requests / 10).max(1)));
    let started = Instant::now();
    in_task(peer, clients(requests));
    (connections * requests) as f64 / started.elapsed().as_secs_f64()
}
