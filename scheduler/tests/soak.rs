//! Random blocking, panicking, spawning and computing on a pool with rescue: nothing is lost.
//!
//! Runs for a second; `PLIES_SOAK_SECONDS` sets another length.

mod util;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use plies_scheduler::{
    Fifo, Handle, Priority, Rescue, Scheduler, ThreadPool, WorkStealing, block_on,
};
use util::{DropToken, Drops, YieldNow, wait_until};

#[derive(Default)]
struct Counts {
    spawned: AtomicU64,
    panicked: AtomicU64,
}

/// What a task's future holds: it is counted when it is dropped, whatever becomes of the task.
struct Soaked {
    counts: Arc<Counts>,
    _token: DropToken,
}

/// xorshift: what the task with this number does.
fn random(state: &mut u64, below: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % below
}

fn spawn(handle: &Handle, counts: &Arc<Counts>, drops: &Drops, seed: u64, depth: u32) {
    counts.spawned.fetch_add(1, Ordering::SeqCst);
    let soaked = Soaked {
        counts: counts.clone(),
        _token: drops.token(),
    };
    handle
        .spawn(live(soaked, drops.clone(), seed, depth))
        .detach();
}

async fn live(soaked: Soaked, drops: Drops, seed: u64, depth: u32) {
    let mut state = seed | 1;
    for _ in 0..random(&mut state, 4) {
        match random(&mut state, 64) {
            0 => std::thread::sleep(Duration::from_millis(random(&mut state, 20))),
            1 => compute(Duration::from_millis(random(&mut state, 8))),
            2 => {
                soaked.counts.panicked.fetch_add(1, Ordering::SeqCst);
                // Without the panic hook, whose output is of no use here.
                std::panic::resume_unwind(Box::new("a task's own fault"));
            }
            3..16 if depth > 0 => {
                let handle = Handle::current();
                spawn(&handle, &soaked.counts, &drops, state, depth - 1);
            }
            _ => YieldNow::default().await,
        }
    }
}

fn compute(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn soak<S: Scheduler>(time: Duration, scheduler: S) {
    let rescue = Rescue::new()
        .threshold(Duration::from_millis(2))
        .max_spares(16);
    let builder = ThreadPool::builder().workers(2).rescue(rescue);
    let pool = builder.scheduler(scheduler).build().unwrap();
    let (counts, drops) = (Arc::new(Counts::default()), Drops::default());
    let mut seed = 0x9E37_79B9_7F4A_7C15;
    let panicked = || counts.panicked.load(Ordering::SeqCst);
    let rescue = || pool.handle().metrics().rescue();
    let start = Instant::now();
    // On a loaded machine it may take longer until there was something of everything.
    while start.elapsed() < time || panicked() == 0 || rescue().rescues == 0 {
        for _ in 0..100 {
            random(&mut seed, 2);
            spawn(pool.handle(), &counts, &drops, seed, 3);
        }
        // One that is waited for, so that the queue stays short and outside threads take part.
        block_on(pool.handle().spawn(async {})).unwrap();
    }
    let spawned = || counts.spawned.load(Ordering::SeqCst);
    wait_until(|| drops.count() as u64 == spawned());
    wait_until(|| rescue().spare_workers == 0);
    assert_eq!(drops.count() as u64, spawned());
    println!("{} tasks, {} panics, {:?}", spawned(), panicked(), rescue());
}

#[test]
fn nothing_is_lost() {
    let seconds = std::env::var("PLIES_SOAK_SECONDS").ok();
    let seconds = seconds
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or(1.0);
    let time = Duration::from_secs_f64(seconds / 3.0);
    soak(time, WorkStealing::new());
    soak(time, Fifo::new());
    soak(time, Priority::new(2));
}
