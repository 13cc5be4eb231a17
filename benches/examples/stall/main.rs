//! One bad task, on Plies and on tokio: a ticker and an HTTP server go about their work on two
//! workers, while now and then both workers get a task that blocks or computes for half a second.
//!
//! ```text
//! cargo run --release -p plies-benches --example stall
//! ```
//!
//! The same program runs on one runtime after the other, three seconds each. What is shown is how
//! long each request took, seen from a client outside, and how late the ticker was.

#![forbid(unsafe_code)]

mod client;
mod paint;
mod plot;
mod program;
mod recording;

use std::io;
use std::sync::{Arc, Mutex};

use paint::Paint;
use recording::Recording;

fn main() -> io::Result<()> {
    let paint = Paint::for_stdout();
    println!("Two workers, a ticker of 5 ms, an HTTP server, and a client outside.");
    println!(
        "Then both workers are blocked for half a second, and then both compute for as long.\n"
    );

    let stalls: Arc<Mutex<Vec<String>>> = Arc::default();
    let reports = stalls.clone();
    let mut builder = plies::runtime::Builder::new_multi_thread();
    builder.on_stall(move |stall| {
        // Ours have names. On a busy machine another poll may be late too.
        if stall.name().is_some() {
            reports.lock().unwrap().push(stall.to_string());
        }
    });
    let ours = program::plies::run(builder.worker_threads(2).build()?)?;
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let theirs = program::tokio::run(builder.worker_threads(2).enable_all().build()?)?;

    plot::panel(&paint, "Plies", &ours);
    plot::panel(&paint, "tokio", &theirs);
    table(&paint, &[("Plies", &ours), ("tokio", &theirs)]);
    println!("\nWhat Plies told `Builder::on_stall` meanwhile:");
    for stall in stalls.lock().unwrap().iter() {
        println!("  {stall}");
    }
    Ok(())
}

fn table(paint: &Paint, runs: &[(&str, &Recording)]) {
    let head = format!(
        "{:<8}{:>12}{:>12}{:>16}{:>18}{:>18}",
        "", "requests", "median", "99 of 100", "longest request", "longest tick gap"
    );
    println!("{}", paint.dim(&head));
    for (name, run) in runs {
        let times = run.request_times();
        let at = |hundredth: usize| times[(times.len() - 1) * hundredth / 100];
        println!(
            "{name:<8}{:>12}{:>12}{:>16}{:>18}{:>18}",
            times.len(),
            plot::time(at(50)),
            plot::time(at(99)),
            plot::time(at(100)),
            plot::time(run.longest_gap()),
        );
    }
}
