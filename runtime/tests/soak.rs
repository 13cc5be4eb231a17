//! Random blocking, computing, panicking, spawning, waiting and talking, on runtimes whose workers
//! are rescued: nothing is lost, which counts show.
//!
//! Runs for two seconds; `PLIES_SOAK_SECONDS` sets another length.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::{TcpListener, TcpStream, UnixStream};
use plies::runtime::{Builder, Rescue, Runtime};
use plies::scheduler::{Fifo, Pinned, Priority, Scheduler, WorkStealing};
use plies::sync::Mutex;

const CONNECTIONS: usize = 16;
/// No more tasks are spawned from outside while there are so many.
const CROWD: u64 = 2_000;

/// What happened so far.
#[derive(Default)]
struct Counts {
    spawned: AtomicU64,
    dropped: AtomicU64,
    panicked: AtomicU64,
    blocked: AtomicU64,
    /// Conversations over a socket, timers, and jobs of the blocking pool: begun, and ended well.
    begun: AtomicU64,
    ended: AtomicU64,
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::SeqCst);
}

fn get(count: &AtomicU64) -> u64 {
    count.load(Ordering::SeqCst)
}

/// What all tasks of one soak share.
struct World {
    counts: Counts,
    connections: Vec<Mutex<TcpStream>>,
}

/// What a task's future holds: it is counted when it is dropped, whatever becomes of the task.
struct Life(Arc<World>);

impl Life {
    fn begin(world: &Arc<World>) -> Self {
        add(&world.counts.spawned);
        Life(world.clone())
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        add(&self.0.counts.dropped);
    }
}

/// xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn micros(&mut self, limit: u64) -> Duration {
        Duration::from_micros(self.below(limit))
    }
}

type Boxed = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// A task, which spawns others like it: boxed, for its type would contain itself.
fn live(life: Life, seed: u64, depth: u32) -> Boxed {
    Box::pin(live_on(life, seed, depth))
}

async fn live_on(life: Life, seed: u64, depth: u32) {
    let mut dice = Dice(seed | 1);
    let counts = &life.0.counts;
    for _ in 0..dice.below(5) {
        match dice.below(64) {
            0 => {
                add(&counts.blocked);
                std::thread::sleep(dice.micros(20_000));
            }
            1 => {
                add(&counts.blocked);
                compute(dice.micros(8_000));
            }
            2 => {
                add(&counts.panicked);
                // Without the panic hook, whose output is of no use here.
                std::panic::resume_unwind(Box::new("a task's own fault"));
            }
            3..12 if depth > 0 => {
                let child = Life::begin(&life.0);
                plies::spawn(live(child, dice.0, depth - 1));
            }
            12..16 if depth > 0 => join_child(&life, &mut dice, depth).await,
            16..28 => step(counts, wait(&mut dice)).await,
            28..40 => step(counts, talk_to_the_server(&life.0, &mut dice)).await,
            40..46 => step(counts, talk_among_themselves(&mut dice)).await,
            46..48 => step(counts, ask_the_blocking_pool(&mut dice)).await,
            _ => plies::task::yield_now().await,
        }
    }
}

/// Counts that something began and that it ended.
async fn step(counts: &Counts, future: impl Future<Output = ()>) {
    add(&counts.begun);
    future.await;
    add(&counts.ended);
}

fn compute(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

async fn join_child(life: &Life, dice: &mut Dice, depth: u32) {
    let child = Life::begin(&life.0);
    let joined = plies::spawn(live(child, dice.0, depth - 1)).await;
    assert!(joined.is_ok() || joined.is_err_and(|error| error.is_panic()));
}

/// A timer, which is never early.
async fn wait(dice: &mut Dice) {
    let (start, time) = (Instant::now(), dice.micros(3_000));
    plies::time::sleep(time).await;
    assert!(start.elapsed() >= time);
}

/// Sends some bytes over one of the connections, and reads them back.
async fn talk_to_the_server(world: &World, dice: &mut Dice) {
    let mut stream = world.connections[dice.below(CONNECTIONS as u64) as usize]
        .lock()
        .await;
    let sent: Vec<u8> = (0..=dice.below(2_000)).map(|byte| byte as u8).collect();
    let mut echo = vec![0; sent.len()];
    stream.write_all(&sent).await.unwrap();
    stream.read_exact(&mut echo).await.unwrap();
    assert_eq!(sent, echo);
}

/// Both ends of a socket of its own, of which another task has one.
async fn talk_among_themselves(dice: &mut Dice) {
    let (mut near, mut far) = UnixStream::pair().unwrap();
    let number = dice.below(u64::MAX);
    let other = plies::spawn(async move {
        let heard = far.read_u64().await.unwrap();
        far.write_u64(!heard).await.unwrap();
    });
    near.write_u64(number).await.unwrap();
    assert_eq!(near.read_u64().await.unwrap(), !number);
    other.await.unwrap();
}

async fn ask_the_blocking_pool(dice: &mut Dice) {
    let (time, number) = (dice.micros(1_000), dice.below(u64::MAX));
    let job = plies::task::spawn_blocking(move || {
        std::thread::sleep(time);
        number
    });
    assert_eq!(job.await.unwrap(), number);
}

/// An echo server, and connections to it.
async fn connect() -> Vec<Mutex<TcpStream>> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    plies::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            plies::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = plies::io::copy(&mut from, &mut to).await;
            });
        }
    });
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Mutex::new(TcpStream::connect(address).await.unwrap()));
    }
    connections
}

fn soak<S: Scheduler>(time: Duration, scheduler: fn() -> S) {
    let rescue = Rescue::new()
        .threshold(Duration::from_millis(2))
        .max_spares(16);
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .scheduler(scheduler)
        .rescue(rescue)
        .build()
        .unwrap();
    let world = Arc::new(World {
        counts: Counts::default(),
        connections: runtime.block_on(connect()),
    });
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let start = Instant::now();
    // On a loaded machine it may take longer until there was something of everything.
    while start.elapsed() < time || !is_complete(&runtime, &world.counts) {
        for _ in 0..50 {
            dice.below(2);
            runtime.spawn(live(Life::begin(&world), dice.0, 3));
        }
        // One that is waited for, so that outside threads take part.
        runtime.block_on(runtime.spawn(async {})).unwrap();
        while get(&world.counts.spawned) - get(&world.counts.dropped) > CROWD {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    check(runtime, &world.counts);
}

/// Has there been some of all that is to be soaked?
fn is_complete(runtime: &Runtime, counts: &Counts) -> bool {
    let subjects = [&counts.panicked, &counts.blocked, &counts.ended];
    subjects.into_iter().all(|count| get(count) > 0) && runtime.metrics().rescue().rescues > 0
}

/// Waits for the end of all that began, and hangs if something was lost.
fn check(runtime: Runtime, counts: &Counts) {
    while get(&counts.dropped) != get(&counts.spawned) {
        std::thread::sleep(Duration::from_millis(1));
    }
    while runtime.metrics().rescue().spare_workers > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(get(&counts.dropped), get(&counts.spawned));
    assert_eq!(get(&counts.ended), get(&counts.begun));
    let rescue = runtime.metrics().rescue();
    println!(
        "{} tasks, {} panics, {} long polls, {} waits and conversations, {rescue:?}",
        get(&counts.spawned),
        get(&counts.panicked),
        get(&counts.blocked),
        get(&counts.ended),
    );
    let report = runtime.shutdown_timeout(Duration::from_secs(60));
    assert_eq!(report.workers_left, 0);
}

#[test]
fn nothing_is_lost() {
    let seconds = std::env::var("PLIES_SOAK_SECONDS").ok();
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    let time = Duration::from_secs_f64(seconds.unwrap_or(2.0) / 4.0);
    soak(time, WorkStealing::new);
    soak(time, Fifo::new);
    soak(time, || Priority::new(2));
    soak(time, Pinned::new);
}
