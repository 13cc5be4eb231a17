//! A queue of jobs with priorities: urgent ones overtake those that wait, on the scheduler
//! `Priority`, which runs nothing else differently.
//!
//! ```text
//! cargo run --example job_queue
//! ```

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plies::runtime::Builder;
use plies::scheduler::Priority;
use plies::task::JoinSet;

/// The classes of jobs: the first goes before the second, and that before the third.
const CLASSES: [&str; 3] = ["urgent", "normal", "nightly"];

/// How many jobs of each class are queued.
const JOBS: usize = 200;

fn main() -> io::Result<()> {
    // One worker, so that jobs have to wait for each other.
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .scheduler(|| Priority::new(3))
        .build()?;
    let ended = runtime.block_on(runtime.spawn(run_jobs()))??;

    println!(
        "of {} jobs, the least urgent queued first:",
        JOBS * CLASSES.len()
    );
    for (class, name) in CLASSES.iter().enumerate() {
        let places = ended.iter().filter(|job| job.class == class);
        let sum: usize = places.map(|job| job.place).sum();
        println!("  {name:8} ended on average as number {}", sum / JOBS);
    }
    Ok(())
}

/// A job that has ended.
struct Ended {
    class: usize,
    /// How many had ended before it.
    place: usize,
}

/// Queues all jobs, the least urgent first, from a task: the worker begins none of them meanwhile.
async fn run_jobs() -> io::Result<Vec<Ended>> {
    let places = Arc::new(AtomicUsize::new(0));
    let mut jobs = JoinSet::new();
    for (class, name) in CLASSES.iter().enumerate().rev() {
        for _ in 0..JOBS {
            let places = places.clone();
            let job = jobs.build_task().name(name).class(class as u8);
            job.spawn(async move {
                std::hint::black_box((0..10_000_u64).sum::<u64>());
                let place = places.fetch_add(1, Ordering::Relaxed);
                Ended { class, place }
            })?;
        }
    }
    Ok(jobs.join_all().await)
}
