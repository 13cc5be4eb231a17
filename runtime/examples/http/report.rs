//! What is printed while the load runs and after it.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use plies::runtime::RuntimeMetrics;

use crate::load::Measured;

/// Writes how far the load is over the last such line, or below it if nobody watches.
pub fn show_progress(elapsed: Duration, duration: Duration, requests: u64, errors: u64) {
    let rate = requests as f64 / elapsed.as_secs_f64().max(0.001);
    let line = format!(
        "  {:>4.1} of {:.1} s   {requests:>9} requests   {rate:>8.0}/s   {errors} errors",
        elapsed.as_secs_f64(),
        duration.as_secs_f64(),
    );
    if std::io::stdout().is_terminal() {
        print!("\r{line}");
        // A terminal that cannot be written to has nobody to tell.
        let _ = std::io::stdout().flush();
    } else {
        println!("{line}");
    }
}

/// Removes the progress line.
pub fn clear_progress() {
    if std::io::stdout().is_terminal() {
        print!("\r{:78}\r", "");
    }
}

/// Prints what the load found out and what each worker did.
pub fn print(measured: &Measured, metrics: &RuntimeMetrics) {
    let seconds = measured.elapsed.as_secs_f64();
    let rate = measured.requests as f64 / seconds;
    println!(
        "\n{} requests in {seconds:.2} s: {rate:.0} requests/s",
        measured.requests
    );
    println!("errors: {}", measured.errors);
    if let Some(error) = &measured.first_error {
        println!("the first one: {error}");
    }
    let latencies = &measured.latencies;
    println!(
        "latency: p50 {}   p99 {}   p99.9 {}   max {}",
        micros(latencies.quantile(0.5)),
        micros(latencies.quantile(0.99)),
        micros(latencies.quantile(0.999)),
        micros(latencies.max()),
    );
    println!(
        "\n{:>8} {:>12} {:>10} {:>12} {:>10}",
        "worker", "polls", "steals", "stolen", "parks"
    );
    for worker in metrics.workers() {
        println!(
            "{:>8} {:>12} {:>10} {:>12} {:>10}",
            worker.worker.index(),
            worker.polls,
            worker.steals,
            worker.stolen_tasks,
            worker.parks,
        );
    }
    println!();
}

fn micros(latency: Duration) -> String {
    format!("{:.0} µs", latency.as_secs_f64() * 1e6)
}
