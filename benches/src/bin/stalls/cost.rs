//! What the rescue costs where nobody blocks: the same with it and without it, in turn.

use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use futures::channel::oneshot;

use crate::peer::Peer;
use crate::probe::{Echo, connections};
use crate::process::{Plan, median};

const PEERS: [&str; 2] = ["plies", "plies, off"];

const ALL: &[(&str, &str)] = &[
    ("yield", "ns a yield, 200 tasks on 2 workers"),
    (
        "ping_pong",
        "ns a round trip of two tasks, 100 pairs on 2 workers",
    ),
    (
        "light_server",
        "µs of CPU a request, one request every millisecond",
    ),
    (
        "rare_requests",
        "µs of CPU a request, one request every 20 milliseconds",
    ),
    (
        "parked",
        "context switches a second with 10,000 parked tasks",
    ),
];

/// What `--only` takes with `--cost`.
pub fn names() -> impl Iterator<Item = &'static str> {
    let timed = ALL.iter().map(|(name, _)| *name);
    timed.chain(["instructions"])
}

/// The yields of one task whose instructions are counted: of a short run and of a long one.
const YIELDS: [u64; 2] = [20_000, 220_000];

/// Measures and prints every row.
pub fn compare(plan: &Plan) -> Result<(), String> {
    for (name, what) in ALL.iter().filter(|(name, _)| plan.wants(name)) {
        let figures = plan.measure(name, &PEERS)?;
        let [on, off] = [median(&figures[0]), median(&figures[1])];
        print!("{what}: {on:.2} with the rescue, {off:.2} without it");
        match off > 0.0 {
            true => println!(" ({:+.1}%)", (on / off - 1.0) * 100.0),
            false => println!(),
        }
    }
    if plan.wants("instructions") && !plan.quick {
        let [on, off] = ["plies, unwatched", "plies, off"].map(instructions_of_a_poll);
        println!(
            "instructions a poll: {:.0} with the rescue, {:.0} without it",
            on?, off?
        );
    }
    Ok(())
}

pub fn measure<P: Peer>(row: &str, quick: bool) -> Option<f64> {
    let time = Duration::from_millis(if quick { 200 } else { 3000 });
    let scale = if quick { 1 } else { 20 };
    match row {
        "yield" => Some(yields::<P>(2, 200, 500 * scale)),
        "ping_pong" => Some(ping_pong::<P>(500 * scale)),
        "light_server" => Some(server::<P>(time, Duration::from_millis(1))),
        "rare_requests" => Some(server::<P>(time, Duration::from_millis(20))),
        "parked" => Some(parked::<P>(time)),
        "instructions" => Some(yields::<P>(1, 1, YIELDS[usize::from(!quick)])),
        row => panic!("no row {row:?}"),
    }
}

/// Nanoseconds a yield.
fn yields<P: Peer>(workers: usize, tasks: u64, yields: u64) -> f64 {
    let peer = P::start(workers);
    let (tell, told) = mpsc::channel::<()>();
    let start = Instant::now();
    for _ in 0..tasks {
        let tell = tell.clone();
        peer.spawn(async move {
            for _ in 0..yields {
                P::yield_now().await;
            }
            drop(tell);
        });
    }
    drop(tell);
    // It fails when all of them are done.
    let _ = told.recv();
    start.elapsed().as_nanos() as f64 / (tasks * yields) as f64
}

/// Nanoseconds a round trip, over two channels for one message each.
fn ping_pong<P: Peer>(rounds: u64) -> f64 {
    const PAIRS: u64 = 100;
    let peer = P::start(2);
    let (tell, told) = mpsc::channel::<()>();
    let start = Instant::now();
    for _ in 0..PAIRS {
        let (spawner, tell) = (peer.clone(), tell.clone());
        peer.spawn(async move {
            for _ in 0..rounds {
                let (ping, pinged) = oneshot::channel::<()>();
                let (pong, ponged) = oneshot::channel();
                spawner.spawn(async move { pong.send(pinged.await).unwrap() });
                ping.send(()).unwrap();
                ponged.await.unwrap().unwrap();
            }
            drop(tell);
        });
    }
    drop(tell);
    let _ = told.recv();
    start.elapsed().as_nanos() as f64 / (PAIRS * rounds) as f64
}

/// CPU time of the whole process a request, the client's included, which is the same for both.
fn server<P: Peer>(time: Duration, pause: Duration) -> f64 {
    let peer = P::start(2);
    let (clients, servers) = connections(8);
    servers
        .into_iter()
        .for_each(|server| peer.spawn(P::echo(server)));
    let echo = Echo::start(clients, pause);
    std::thread::sleep(Duration::from_millis(100));
    echo.clear();
    let before = sum_over_threads("schedstat", cpu_nanos);
    std::thread::sleep(time);
    let used = sum_over_threads("schedstat", cpu_nanos) - before;
    used as f64 / 1e3 / echo.trips().len() as f64
}

fn parked<P: Peer>(time: Duration) -> f64 {
    let peer = P::start(2);
    for _ in 0..10_000 {
        peer.spawn(P::sleep(Duration::from_secs(3600)));
    }
    std::thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    let own = "/proc/thread-self/status";
    let count =
        || sum_over_threads("status", switches) - switches(&std::fs::read_to_string(own).unwrap());
    let before = count();
    std::thread::sleep(time);
    (count() - before) as f64 / start.elapsed().as_secs_f64()
}

/// The sum over this process's threads of what `read` finds in a file of each.
fn sum_over_threads(file: &str, read: impl Fn(&str) -> u64) -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let files = threads.filter_map(|thread| {
        let path = thread.ok()?.path().join(file);
        std::fs::read_to_string(path).ok()
    });
    files.map(|text| read(&text)).sum()
}

fn cpu_nanos(schedstat: &str) -> u64 {
    schedstat
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

fn switches(status: &str) -> u64 {
    let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
    let counts = lines.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok());
    counts.sum()
}

/// Counted by callgrind: of two runs, so that what comes before and after the polls cancels.
fn instructions_of_a_poll(peer: &str) -> Result<f64, String> {
    let (short, long) = (collect(peer, "quick")?, collect(peer, "full")?);
    Ok((long as f64 - short as f64) / (YIELDS[1] - YIELDS[0]) as f64)
}

/// All instructions of a measuring process.
fn collect(peer: &str, length: &str) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--child", peer, "instructions", length])
        .output()
        .map_err(|error| format!("cannot start valgrind, which counts instructions: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let mut lines = said.lines();
    let collected = lines.find_map(|line| line.split_once("Collected :"));
    collected
        .and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| format!("valgrind counted nothing for {peer}: {said}"))
}
