//! TCP and UDP over loopback, client and server in the runtime that is measured.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::time::Instant;

use super::{in_task, rate};
use crate::exchange::{ECHO, Exchange, Latencies};
use crate::peer::{Peer, Sockets, Spawn};

/// A connection is known by both addresses and both ports: more addresses make more connections
/// possible than there are ports, also while closed ones linger.
const ADDRESSES: u8 = 8;

/// How many connections may wait to be accepted: all that are made at once, for one that is turned
/// away tries again a second later only.
const BACKLOG: i32 = 1024;

/// A listener that blocks, as the system makes it.
pub fn listener(address: Ipv4Addr) -> TcpListener {
    let listener = TcpListener::bind((address, 0)).unwrap();
    rustix::net::listen(&listener, BACKLOG).expect("a listener may be given another backlog");
    listener
}

/// One listener on each of the first [`ADDRESSES`] addresses of the loopback network.
pub fn listeners() -> Vec<TcpListener> {
    let listen = |last| {
        let listener = listener(Ipv4Addr::new(127, 0, 0, last));
        listener.set_nonblocking(true).unwrap();
        listener
    };
    (1..=ADDRESSES).map(listen).collect()
}

/// Starts servers on all [`listeners`] and says where they are.
pub fn serve<P: Peer, F>(peer: &P, server: impl Fn(P::Spawn, TcpListener) -> F) -> Vec<SocketAddr>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let spawner = peer.spawner();
    let listeners = listeners();
    let addresses = listeners.iter().map(|l| l.local_addr().unwrap()).collect();
    for listener in listeners {
        spawner.spawn_detached(server(spawner.clone(), listener));
    }
    addresses
}

/// Makes `requests` exchanges on each of `connections`, all at once.
pub fn clients<P: Peer<Spawn: Sockets>>(
    peer: &P,
    addresses: &[SocketAddr],
    connections: u64,
    exchange: Exchange,
    requests: u64,
) -> Latencies {
    let spawner = peer.spawner();
    let addresses = addresses.to_vec();
    in_task(peer, async move {
        let clients: Vec<_> = (0..connections)
            .map(|client| {
                let address = addresses[client as usize % addresses.len()];
                spawner.spawn(P::Spawn::request(address, exchange, requests))
            })
            .collect();
        let mut latencies = Latencies::new();
        for client in clients {
            latencies.extend(client.await);
        }
        latencies
    })
}

/// Requests a second over `connections` that each send the next message when the last is answered.
pub fn echo<P: Peer<Spawn: Sockets>>(peer: &P, connections: u64, scale: u64) -> f64 {
    let addresses = serve(peer, |spawner, listener| async move {
        spawner.serve(listener).await;
    });
    let requests = (scale / connections).max(1);
    clients(peer, &addresses, connections, ECHO, (requests / 10).max(1));
    let started = Instant::now();
    clients(peer, &addresses, connections, ECHO, requests);
    rate(connections * requests, started.elapsed())
}

/// Datagrams a second, there and back, between `pairs` of sockets.
pub fn datagrams<P: Peer<Spawn: Sockets>>(peer: &P, pairs: u64, scale: u64) -> f64 {
    let requests = (scale / pairs).max(1);
    ask_datagrams(peer, pairs, (requests / 10).max(1));
    let started = Instant::now();
    ask_datagrams(peer, pairs, requests);
    rate(pairs * requests, started.elapsed())
}

fn ask_datagrams<P: Peer<Spawn: Sockets>>(peer: &P, pairs: u64, requests: u64) {
    let spawner = peer.spawner();
    in_task(peer, async move {
        let mut tasks = Vec::new();
        for _ in 0..pairs {
            let (client, server) = datagram_pair();
            client.set_nonblocking(true).unwrap();
            server.set_nonblocking(true).unwrap();
            tasks.push(spawner.spawn(P::Spawn::answer_datagrams(server)));
            tasks.push(spawner.spawn(P::Spawn::ask_datagrams(client, requests)));
        }
        for task in tasks {
            task.await;
        }
    });
}

/// A connected socket, and the one that it is connected to; both block, as the system makes them.
pub fn datagram_pair() -> (UdpSocket, UdpSocket) {
    let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (client, server) = (bind(), bind());
    client.connect(server.local_addr().unwrap()).unwrap();
    (client, server)
}
