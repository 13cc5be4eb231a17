//! A CPU pool for futures, with no runtime: counts the primes below a number in parallel.
//!
//! `cargo run --release -p plies-scheduler --example cpu_pool -- 5000000`

use std::process::ExitCode;
use std::time::Instant;

use plies_scheduler::{Handle, ThreadPool, block_on, coop};

/// How many numbers one task looks at.
const PIECE: u64 = 50_000;

fn is_prime(n: u64) -> bool {
    n >= 2
        && (2..)
            .take_while(|divisor| divisor * divisor <= n)
            .all(|divisor: u64| !n.is_multiple_of(divisor))
}

/// Counts the primes of one piece; lets other tasks run now and then.
async fn count_piece(start: u64, end: u64) -> usize {
    let mut count = 0;
    for n in start..end {
        count += usize::from(is_prime(n));
        if n % 1_000 == 0 {
            coop::consume().await;
        }
    }
    count
}

/// Splits the work into tasks, and adds up what they find.
async fn count_primes(below: u64) -> usize {
    let pool = Handle::current();
    let starts = (0..below).step_by(PIECE as usize);
    let pieces: Vec<_> = starts
        .map(|start| pool.spawn(count_piece(start, below.min(start + PIECE))))
        .collect();
    let mut count = 0;
    for piece in pieces {
        count += piece.await.expect("counting does not panic");
    }
    count
}

fn run(below: u64) -> std::io::Result<()> {
    let pool = ThreadPool::builder()
        .thread_name(|worker| format!("cpu-{}", worker.index()))
        .build()?;
    let start = Instant::now();
    let primes =
        block_on(pool.handle().spawn(count_primes(below))).expect("counting does not panic");
    println!("{primes} primes below {below}, in {:?}", start.elapsed());
    for worker in pool.handle().metrics().workers() {
        let (polls, stolen, parks) = (worker.polls, worker.stolen_tasks, worker.parks);
        let index = worker.worker.index();
        println!("worker {index}: {polls} polls, {stolen} tasks stolen, {parks} times asleep");
    }
    Ok(())
}

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    let below = argument.as_deref().map_or(Ok(2_000_000), str::parse);
    let Ok(below) = below else {
        eprintln!(
            "cpu_pool: not a whole number: {}",
            argument.unwrap_or_default()
        );
        return ExitCode::from(2);
    };
    match run(below) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cpu_pool: cannot start the pool: {error}");
            ExitCode::FAILURE
        }
    }
}
