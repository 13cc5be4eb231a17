//! How long requests took.

use std::time::Duration;

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
