//! HTTP over loopback: hyper serves, and a client that knows what to expect asks, so that the
//! server's side is what is measured.

use std::time::Instant;

use super::rate;
use super::sockets::{clients, serve};
use crate::exchange::{Answer, Exchange};
use crate::peer::{Http, Peer};

/// Requests a second, and the median and the 99th percentile of their latencies in microseconds.
pub fn requests<P: Peer<Spawn: Http>>(peer: &P, connections: u64, scale: u64) -> Vec<f64> {
    let exchange = Exchange {
        request: b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
        answer: Answer::Http,
        buffer: 1024,
        timed: true,
    };
    let addresses = serve(peer, |spawner, listener| async move {
        spawner.serve_http(listener).await;
    });
    let requests = (scale / connections).max(1);
    clients(
        peer,
        &addresses,
        connections,
        exchange,
        (requests / 10).max(1),
    );
    let started = Instant::now();
    let mut latencies = clients(peer, &addresses, connections, exchange, requests);
    let elapsed = started.elapsed();
    latencies.sort_unstable();
    let percentile = |hundredths| f64::from(latencies[latencies.len() * hundredths / 100]) / 1e3;
    vec![
        rate(connections * requests, elapsed),
        percentile(50),
        percentile(99),
    ]
}

/// Bodies of 1 MB a second, over 8 connections.
pub fn stream<P: Peer<Spawn: Http>>(peer: &P, scale: u64) -> f64 {
    const CONNECTIONS: u64 = 8;
    let exchange = Exchange {
        request: b"GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n",
        answer: Answer::Http,
        buffer: 64 * 1024,
        timed: false,
    };
    let addresses = serve(peer, |spawner, listener| async move {
        spawner.serve_http(listener).await;
    });
    let bodies = (scale / CONNECTIONS).max(1);
    clients(
        peer,
        &addresses,
        CONNECTIONS,
        exchange,
        (bodies / 10).max(1),
    );
    let started = Instant::now();
    clients(peer, &addresses, CONNECTIONS, exchange, bodies);
    rate(CONNECTIONS * bodies, started.elapsed())
}
