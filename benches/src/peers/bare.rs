//! The limits of tasks: what remains of a spawn and of a wake-up when the runtime is taken away.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::futex;

use crate::workloads::Workload;

/// A small task's memory.
type Cell = [u64; 16];

/// Nanoseconds an operation; `None` for workloads without such a limit.
pub fn run(workload: &Workload, scale: u64) -> Option<Vec<f64>> {
    let figure = match workload.name {
        "yield" => cycle(200, scale),
        "spawn_local" | "spawn_outside_batch" => spawn(10_000, scale),
        "join_all" => spawn(1_000, scale),
        "spawn_local_join" | "chain" => spawn(1, scale),
        "wake_hot" => round_trips(scale, Duration::ZERO),
        "wake_cold" => round_trips(scale, Duration::from_micros(200)),
        _ => return None,
    };
    Some(vec![figure])
}

/// Allocate, push, pop and free, `batch` at a time.
fn spawn(batch: u64, scale: u64) -> f64 {
    let batch = batch.min(scale);
    let mut queue: VecDeque<Box<Cell>> = VecDeque::with_capacity(batch as usize);
    let started = Instant::now();
    for _ in 0..scale / batch {
        for i in 0..batch {
            queue.push_back(black_box(Box::new([i; 16])));
        }
        while let Some(cell) = queue.pop_front() {
            black_box(cell);
        }
    }
    nanos(started.elapsed(), scale / batch * batch)
}

/// Pop and push again.
fn cycle(tasks: u64, scale: u64) -> f64 {
    let mut queue: VecDeque<Box<Cell>> = (0..tasks).map(|i| Box::new([i; 16])).collect();
    let started = Instant::now();
    for _ in 0..scale {
        if let Some(cell) = queue.pop_front() {
            queue.push_back(black_box(cell));
        }
    }
    nanos(started.elapsed(), scale)
}

/// Two threads that wake each other by a futex, with a pause before each round trip.
fn round_trips(scale: u64, pause: Duration) -> f64 {
    let turns = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
    let answering = thread::spawn({
        let turns = turns.clone();
        move || {
            for turn in 0..scale as u32 {
                wait(&turns.0, turn);
                pass(&turns.1, turn + 1);
            }
        }
    });
    let mut total = Duration::ZERO;
    for turn in 0..scale as u32 {
        thread::sleep(pause);
        let started = Instant::now();
        pass(&turns.0, turn + 1);
        wait(&turns.1, turn);
        total += started.elapsed();
    }
    answering.join().unwrap();
    nanos(total, scale)
}

fn pass(turn: &AtomicU32, next: u32) {
    turn.store(next, Ordering::Release);
    futex::wake(turn, futex::Flags::PRIVATE, 1).unwrap();
}

/// Sleeps until the turn is no longer `old`.
fn wait(turn: &AtomicU32, old: u32) {
    while turn.load(Ordering::Acquire) == old {
        // An error says that the turn had come, or that a signal did: the loop looks again.
        let _ = futex::wait(turn, futex::Flags::PRIVATE, old, None);
    }
}

fn nanos(elapsed: Duration, operations: u64) -> f64 {
    elapsed.as_nanos() as f64 / operations as f64
}
