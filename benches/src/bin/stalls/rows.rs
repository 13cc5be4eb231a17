//! The cases, and how each is measured.

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use futures::channel::oneshot;

use crate::peer::Peer;
use crate::probe::{Echo, TICK, Ticker, connections, longest, millis, p99};

pub struct Row {
    pub name: &'static str,
    pub what: &'static str,
    /// In milliseconds: what Plies is held to.
    pub goal: f64,
    pub case: Case,
}

#[derive(Clone, Copy)]
pub enum Case {
    Ticker { workers: usize },
    Echo,
    WokenBehind { other_idle: bool },
    BusyReactor,
    Bursts,
    Sleepers,
    ThreadsAfterSleepers,
}

pub const ALL: &[Row] = &[
    Row {
        name: "ticker",
        what: "both workers blocked: longest gap of a 1 ms ticker",
        goal: 15.0,
        case: Case::Ticker { workers: 2 },
    },
    Row {
        name: "echo",
        what: "both workers blocked: longest echo, seen from outside",
        goal: 15.0,
        case: Case::Echo,
    },
    Row {
        name: "woken",
        what: "woken by a task that then blocks, the other worker blocked",
        goal: 15.0,
        case: Case::WokenBehind { other_idle: false },
    },
    Row {
        name: "woken_idle",
        what: "woken by a task that then blocks, the other worker idle: 9 of 10",
        goal: 1.0,
        case: Case::WokenBehind { other_idle: true },
    },
    Row {
        name: "one_worker",
        what: "the only worker blocked: longest gap of a 1 ms ticker",
        goal: 15.0,
        case: Case::Ticker { workers: 1 },
    },
    Row {
        name: "busy_reactor",
        what: "sockets of a worker in 5 ms polls, another idle: p99 of an echo",
        goal: 1.5,
        case: Case::BusyReactor,
    },
    Row {
        name: "bursts",
        what: "8 tasks of 100 ms CPU bursts, 2 workers: p99 of the ticker's gaps",
        goal: 20.0,
        case: Case::Bursts,
    },
    Row {
        name: "sleepers",
        what: "200 tasks that sleep 1 s in the system: longest gap of the ticker",
        goal: 15.0,
        case: Case::Sleepers,
    },
    Row {
        name: "threads",
        what: "the same: until the number of threads is what it was before",
        goal: 2000.0,
        case: Case::ThreadsAfterSleepers,
    },
];

/// What `--only` takes.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|row| row.name)
}

/// The figure in milliseconds; `None` if this runtime has no such thing.
pub fn measure<P: Peer>(case: Case, quick: bool) -> Option<f64> {
    let block = Duration::from_millis(if quick { 100 } else { 500 });
    match case {
        Case::Ticker { workers } => Some(ticker::<P>(workers, block)),
        Case::Echo => Some(echo::<P>(block)),
        Case::WokenBehind { other_idle: false } => Some(woken_behind_two::<P>(block)),
        Case::WokenBehind { other_idle: true } => {
            Some(woken_behind_one::<P>(if quick { 10 } else { 20 }))
        }
        Case::BusyReactor => Some(busy_reactor::<P>(4 * block)),
        Case::Bursts => Some(bursts::<P>(6 * block)),
        Case::Sleepers => Some(sleepers::<P>(2 * block).0),
        Case::ThreadsAfterSleepers => {
            P::IS_PLIES.then(|| threads_after(sleepers::<P>(2 * block).1))
        }
    }
}

/// Spawns `count` tasks that sleep in the system; returns when all of them do.
fn block_workers<P: Peer>(peer: &P, count: usize, time: Duration) {
    let (tell, told) = mpsc::channel();
    for _ in 0..count {
        let tell = tell.clone();
        peer.spawn(async move {
            tell.send(()).unwrap();
            std::thread::sleep(time);
        });
    }
    (0..count).for_each(|_| told.recv().unwrap());
}

fn ticker<P: Peer>(workers: usize, time: Duration) -> f64 {
    let peer = P::start(workers);
    let ticker = Ticker::start(&peer);
    let start = Instant::now();
    block_workers(&peer, workers, time);
    std::thread::sleep(time + Duration::from_millis(50));
    longest(&ticker.gaps(start))
}

fn echo<P: Peer>(time: Duration) -> f64 {
    let peer = P::start(2);
    let (clients, servers) = connections(1);
    servers
        .into_iter()
        .for_each(|server| peer.spawn(P::echo(server)));
    let echo = Echo::start(clients, TICK);
    std::thread::sleep(Duration::from_millis(50));
    echo.clear();
    block_workers(&peer, 2, time);
    std::thread::sleep(time + Duration::from_millis(50));
    longest(&echo.trips())
}

/// How long a task waits that was woken by one which then sleeps in the system for `time`.
fn woken_behind<P: Peer>(peer: &P, before: impl FnOnce(), time: Duration) -> Duration {
    let (wake, woken) = oneshot::channel::<Instant>();
    let (tell, told) = mpsc::channel();
    peer.spawn(async move {
        let since = woken.await.unwrap();
        tell.send(since.elapsed()).unwrap();
    });
    std::thread::sleep(Duration::from_millis(20));
    before();
    peer.spawn(async move {
        wake.send(Instant::now()).unwrap();
        std::thread::sleep(time);
    });
    told.recv().unwrap()
}

fn woken_behind_two<P: Peer>(time: Duration) -> f64 {
    let peer = P::start(2);
    millis(&woken_behind(&peer, || block_workers(&peer, 1, time), time))
}

/// The wait that nine of ten do not exceed.
fn woken_behind_one<P: Peer>(times: usize) -> f64 {
    let peer = P::start(2);
    let block = Duration::from_millis(40);
    let wait = || {
        let waited = woken_behind(&peer, || (), block);
        std::thread::sleep(2 * block);
        waited
    };
    let mut waits: Vec<_> = (0..times).map(|_| wait()).collect();
    waits.sort();
    millis(&waits[waits.len() * 9 / 10 - 1])
}

/// Sockets that wait for the first time on the worker that is then busy, and so belong to it where
/// each worker has a reactor.
fn busy_reactor<P: Peer>(time: Duration) -> f64 {
    let peer = P::start(2);
    let (clients, servers) = connections(16);
    let (tell, told) = mpsc::channel();
    let spawner = peer.clone();
    peer.spawn(async move {
        for server in servers {
            let mut serve = Box::pin(P::echo(server));
            let context = &mut Context::from_waker(Waker::noop());
            assert!(pin!(&mut serve).poll(context).is_pending());
            spawner.spawn(serve);
        }
        tell.send(()).unwrap();
        loop {
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(5) {
                std::hint::spin_loop();
            }
            P::yield_now().await;
        }
    });
    told.recv().unwrap();
    let echo = Echo::start(clients, TICK);
    std::thread::sleep(Duration::from_millis(100));
    echo.clear();
    std::thread::sleep(time);
    p99(&echo.trips())
}

fn bursts<P: Peer>(time: Duration) -> f64 {
    let peer = P::start(2);
    let ticker = Ticker::start(&peer);
    let start = Instant::now();
    for _ in 0..8 {
        peer.spawn(async {
            loop {
                let until = thread_cpu_time() + Duration::from_millis(100);
                while thread_cpu_time() < until {
                    let spin = Instant::now();
                    while spin.elapsed() < Duration::from_millis(1) {
                        std::hint::spin_loop();
                    }
                }
                P::yield_now().await;
            }
        });
    }
    std::thread::sleep(time);
    p99(&ticker.gaps(start))
}

/// How long this thread has computed.
fn thread_cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanos = stat.split_whitespace().next().unwrap().parse().unwrap();
    Duration::from_nanos(nanos)
}

/// The ticker's longest gap while 200 tasks sleep in the system, and the number of threads before.
fn sleepers<P: Peer>(time: Duration) -> (f64, usize) {
    let peer = P::start(2);
    let ticker = Ticker::start(&peer);
    let (before, start) = (threads(), Instant::now());
    let (tell, told) = mpsc::channel::<()>();
    for _ in 0..200 {
        let tell = tell.clone();
        peer.spawn(async move {
            std::thread::sleep(time);
            drop(tell);
        });
    }
    drop(tell);
    // Where they come one after the other, this would take minutes: it ends before that.
    let _ = told.recv_timeout(2 * time);
    (longest(&ticker.gaps(start)), before)
}

/// How long until there are no more threads than `before`.
fn threads_after(before: usize) -> f64 {
    let start = Instant::now();
    while threads() > before && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
    }
    millis(&start.elapsed())
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}
