//! Latencies, and what is printed of them.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use plies::runtime::RuntimeMetrics;

use crate::load::Measured;

/// How many buckets one doubling of the latency is divided into: an error of at most 1/64.
const STEPS: usize = 64;

/// A histogram of latencies in nanoseconds, exact below `STEPS` and to 1/64 above.
pub struct Latencies {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            counts: vec![0; STEPS * 59],
            total: 0,
            max: 0,
        }
    }
}

impl Latencies {
    pub fn record(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket(nanos)] += 1;
        self.total += 1;
        self.max = self.max.max(nanos);
    }

    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    /// The latency that the share `quantile` of all requests did not exceed.
    pub fn quantile(&self, quantile: f64) -> Duration {
        let wanted = (self.total as f64 * quantile).ceil() as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return Duration::from_nanos(upper_bound(index).min(self.max));
            }
        }
        self.max()
    }

    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }
}

/// The bucket of a value: the position of its highest bit, and the six bits below that.
fn bucket(nanos: u64) -> usize {
    let shift = (64 - nanos.leading_zeros() as usize).saturating_sub(7);
    shift * STEPS + (nanos >> shift) as usize
}

/// The largest value in a bucket.
fn upper_bound(bucket: usize) -> u64 {
    let shift = (bucket / STEPS).saturating_sub(1);
    let step = (bucket - shift * STEPS) as u64;
    ((step + 1) << shift).wrapping_sub(1)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_falls_into_a_bucket_that_bounds_it() {
        let values = (0..64).flat_map(|bit| {
            let power = 1_u64 << bit;
            [
                power - 1,
                power,
                power + power / 3,
                power.wrapping_mul(2).wrapping_sub(1),
            ]
        });
        for value in values {
            let bound = upper_bound(bucket(value));
            assert!(
                bound >= value && bound - value <= value / 64,
                "{value}: {bound}"
            );
        }
    }

    #[test]
    fn quantiles_are_those_of_the_recorded_values() {
        let mut latencies = Latencies::default();
        (1..=1000).for_each(|micros| latencies.record(Duration::from_micros(micros)));
        for (quantile, micros) in [(0.5, 500.0), (0.99, 990.0), (0.999, 999.0)] {
            let found = latencies.quantile(quantile).as_secs_f64() * 1e6;
            assert!(
                (found - micros).abs() <= micros / 64.0,
                "{quantile}: {found}"
            );
        }
        assert_eq!(latencies.max(), Duration::from_micros(1000));
    }
}
