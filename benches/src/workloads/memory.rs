//! What waiting costs in memory, for each of many tasks that wait.

use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;

use super::latch::Latch;
use super::{in_task, sockets};
use crate::heap::Usage;
use crate::machine;
use crate::peer::{Peer, Sockets, Spawn, Timers};

/// How long tasks may take from the last that they say until they really wait.
const SETTLE: Duration = Duration::from_millis(50);

/// How many tasks are spawned at once: with more, queues would grow that are not what is measured.
const BATCH: usize = 100;

/// What all waiting tasks share; each keeps one pointer to it.
struct Shared {
    wakers: Mutex<Vec<Waker>>,
    waiting: Latch,
}

/// Bytes of heap and resident bytes for a task that waits to be woken.
pub fn parked<P: Peer>(peer: &P, scale: u64) -> Vec<f64> {
    per_task(peer, scale, |spawner, shared, i| {
        let mut parked = false;
        spawner.spawn_detached(poll_fn(move |cx| {
            if !parked {
                parked = true;
                shared.wakers.lock().unwrap()[i] = cx.waker().clone();
                shared.waiting.count_down();
            }
            Poll::<()>::Pending
        }));
    })
}

/// Bytes of heap and resident bytes for a task in a sleep.
pub fn sleeping<P: Peer<Spawn: Timers>>(peer: &P, scale: u64) -> Vec<f64> {
    per_task(peer, scale, |spawner, shared, _| {
        spawner.spawn_detached(async move {
            shared.waiting.count_down();
            P::Spawn::sleep(Duration::from_secs(3600)).await;
        });
    })
}

/// Lets `count` tasks wait, each spawned by `spawn`; a thousand others wait already.
fn per_task<P: Peer>(
    peer: &P,
    count: u64,
    spawn: impl Fn(&P::Spawn, &'static Shared, usize) + Copy + Send + 'static,
) -> Vec<f64> {
    wait(peer, 1000, spawn)();
    let run = wait(peer, count, spawn);
    Usage::of(run).each(count)
}

fn wait<P: Peer>(
    peer: &P,
    count: u64,
    spawn: impl Fn(&P::Spawn, &'static Shared, usize) + Send + 'static,
) -> impl FnOnce() {
    // Written to now, so that its pages do not become resident with the tasks.
    let shared: &'static Shared = Box::leak(Box::new(Shared {
        wakers: Mutex::new(vec![Waker::noop().clone(); count as usize]),
        waiting: Latch::new(count),
    }));
    let spawner = peer.spawner();
    move || {
        in_task(peer, async move {
            for i in 0..count as usize {
                spawn(&spawner, shared, i);
                if i % BATCH == 0 {
                    P::Spawn::yield_now().await;
                }
            }
            shared.waiting.wait().await;
        });
        thread::sleep(SETTLE);
    }
}

/// Bytes of heap and resident bytes for one end of a connection over which one byte went there and
/// back, its task included; and how many connections there were, for descriptors may be scarce.
pub fn connections<P: Peer<Spawn: Sockets>>(peer: &P, scale: u64) -> Vec<f64> {
    const SPARE: u64 = 200;
    let count = scale.min((machine::raise_descriptors().saturating_sub(SPARE)) / 2);
    let (clients, servers) = pairs(count / 100);
    let _warm = hold(peer, clients, servers);
    let held = count - count / 100;
    let (clients, servers) = pairs(held);
    let mut open = None;
    let usage = Usage::of(|| open = Some(hold(peer, clients, servers)));
    let mut figures = usage.each(held);
    figures.push(count as f64);
    figures
}

/// Connections over loopback: the clients' ends, and the servers', which do not block.
fn pairs(count: u64) -> (Vec<TcpStream>, Vec<TcpStream>) {
    let listeners = sockets::listeners();
    let pair = |i: u64| {
        let listener = &listeners[i as usize % listeners.len()];
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        listener.set_nonblocking(false).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nonblocking(true).unwrap();
        (client, server)
    };
    (0..count).map(pair).unzip()
}

/// Gives the servers' ends to tasks and exchanges a byte with each; returns the clients' ends and
/// what held the others, so that no memory is given back meanwhile.
fn hold<P: Peer<Spawn: Sockets>>(
    peer: &P,
    mut clients: Vec<TcpStream>,
    mut servers: Vec<TcpStream>,
) -> (Vec<TcpStream>, Vec<TcpStream>) {
    let spawner = peer.spawner();
    let (done, all_asked) = oneshot::channel();
    let asking = thread::spawn(move || {
        for client in &mut clients {
            client.write_all(&[7]).unwrap();
            client.read_exact(&mut [0]).unwrap();
        }
        done.send(()).unwrap();
        clients
    });
    let servers = in_task(peer, async move {
        for (i, server) in servers.drain(..).enumerate() {
            spawner.spawn_detached(P::Spawn::hold(server));
            if i % BATCH == 0 {
                P::Spawn::yield_now().await;
            }
        }
        all_asked.await.unwrap();
        servers
    });
    thread::sleep(SETTLE);
    (asking.join().unwrap(), servers)
}
