//! Thread per core: a runtime on each thread, tasks that never leave it, and on each its share of
//! the connections, both ends. The workloads are those of sockets: these runtimes have no pool that
//! a task could be spawned to, so the others are not theirs.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use crate::exchange::{ECHO, Exchange};
use crate::machine;
use crate::workloads::{CHURNING, Workload, datagram_pair, listener};

/// A runtime that stays on its thread.
pub trait Core: 'static {
    /// Runs `main` on a new runtime on this thread, which is pinned to a core.
    fn block_on<F: Future>(main: F) -> F::Output;

    /// Spawns on this thread; resolves when the task has ended.
    fn spawn<F>(future: F) -> impl Future<Output = ()>
    where
        F: Future<Output = ()> + 'static;

    /// Spawns on this thread a task that nobody joins.
    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static;
}

/// TCP and UDP on such a runtime.
pub trait Sockets: Core {
    /// Accepts for ever and echoes on each connection, with a task for each.
    fn serve(listener: TcpListener);

    /// Connects and makes `requests` exchanges, each after the answer to the one before.
    fn request(
        address: SocketAddr,
        exchange: Exchange,
        requests: u64,
    ) -> impl Future<Output = ()> + 'static;

    /// Sends each datagram back to its sender until an empty one comes.
    fn answer_datagrams(socket: UdpSocket) -> impl Future<Output = ()> + 'static;

    /// Sends `requests` datagrams over a connected socket, each after the answer to the one before,
    /// and then an empty one.
    fn ask_datagrams(socket: UdpSocket, requests: u64) -> impl Future<Output = ()> + 'static;
}

/// Operations a second on `workers` threads; `None` if `workload` takes more than sockets.
pub fn run<C: Sockets>(workload: &Workload, workers: usize, scale: u64) -> Option<Vec<f64>> {
    let clients = match workload.name {
        "echo_1024" => 1024,
        "churn" => CHURNING,
        "echo_64" | "echo_64_one_core" | "udp_echo_64" => 64,
        _ => return None,
    };
    let share = (clients / workers as u64).max(1);
    let each = (scale / clients).max(1);
    let run: fn(u64, u64) -> Running = match workload.name {
        "churn" => |share, each| Box::pin(churn::<C>(share, each)),
        "udp_echo_64" => |share, each| Box::pin(datagrams::<C>(share, each)),
        _ => |share, each| Box::pin(echo::<C>(share, each)),
    };
    let seconds = on_each_core::<C>(workers, share, each, run);
    Some(vec![(workers as u64 * share * each) as f64 / seconds])
}

type Running = std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// Starts a server and says where it is.
fn serve<C: Sockets>() -> SocketAddr {
    let listener = listener(Ipv4Addr::LOCALHOST);
    let address = listener.local_addr().unwrap();
    C::serve(listener);
    address
}

async fn echo<C: Sockets>(clients: u64, requests: u64) {
    let address = serve::<C>();
    let tasks: Vec<_> = (0..clients)
        .map(|_| C::spawn(C::request(address, ECHO, requests)))
        .collect();
    for task in tasks {
        task.await;
    }
}

async fn churn<C: Sockets>(clients: u64, connections: u64) {
    let address = serve::<C>();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            C::spawn(async move {
                for _ in 0..connections {
                    C::request(address, ECHO, 1).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await;
    }
}

async fn datagrams<C: Sockets>(pairs: u64, requests: u64) {
    let mut tasks = Vec::new();
    for _ in 0..pairs {
        let (client, server) = datagram_pair();
        tasks.push((
            C::spawn(C::answer_datagrams(server)),
            C::spawn(C::ask_datagrams(client, requests)),
        ));
    }
    for (answering, asking) in tasks {
        asking.await;
        answering.await;
    }
}

/// Runs on all cores, after a warm-up of a tenth, and returns the seconds from the first start to
/// the last end.
fn on_each_core<C: Core>(
    workers: usize,
    share: u64,
    each: u64,
    run: fn(u64, u64) -> Running,
) -> f64 {
    let warm = Arc::new(Barrier::new(workers));
    let threads: Vec<_> = (0..workers)
        .map(|core| {
            let warm = warm.clone();
            thread::spawn(move || {
                machine::pin(core);
                C::block_on(async {
                    run(share, (each / 10).max(1)).await;
                    warm.wait();
                    let started = Instant::now();
                    run(share, each).await;
                    (started, Instant::now())
                })
            })
        })
        .collect();
    let spans: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    let first = spans.iter().map(|span| span.0).min();
    let last = spans.iter().map(|span| span.1).max();
    last.zip(first)
        .map_or(0.0, |(last, first)| (last - first).as_secs_f64())
}
