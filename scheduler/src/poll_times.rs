//! How long polls take: a histogram by powers of two.

use std::fmt;
use std::time::Duration;

use crate::counters::Counter;

/// The last bucket begins at 2^38 ns, some 275 s.
const BUCKETS: usize = 39;

/// One worker's histogram: bucket i counts polls of at least 2^i ns and less than 2^(i+1).
pub(crate) struct Histogram([Counter; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Histogram([const { Counter::new() }; BUCKETS])
    }
}

impl Histogram {
    /// Counts a poll; called by the worker that owns the histogram.
    pub(crate) fn record(&self, took: Duration) {
        let nanos = took.as_nanos().max(1);
        self.0[(nanos.ilog2() as usize).min(BUCKETS - 1)].add(1);
    }

    pub(crate) fn read(&self) -> PollTimes {
        PollTimes(self.0.each_ref().map(Counter::get))
    }
}

/// How many polls took how long, while [`Handle::time_polls`](crate::Handle::time_polls) was on.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{ThreadPool, block_on};
///
/// let pool = ThreadPool::builder().workers(1).build()?;
/// pool.handle().time_polls(true);
/// for _ in 0..100 {
///     block_on(pool.handle().spawn(async {})).unwrap();
/// }
/// let times = pool.handle().metrics().poll_times();
/// println!("median at most {:?}, longest at most {:?}", times.quantile(0.5), times.quantile(1.0));
/// # assert!(times.count() >= 99);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PollTimes([u64; BUCKETS]);

impl PollTimes {
    pub(crate) fn none() -> Self {
        PollTimes([0; BUCKETS])
    }

    /// How many polls were timed.
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The buckets that are not empty, in order: polls that took less than the given time, and at
    /// least half of it.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let counts = self.0.into_iter().enumerate();
        counts
            .filter(|(_, count)| *count > 0)
            .map(|(index, count)| (upper_end(index), count))
    }

    /// A time that the given share of the polls did not exceed, rounded up to a power of two in
    /// nanoseconds; `None` if none was timed. A share outside of 0 to 1 counts as the nearest end.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let rank = (self.count() as f64 * share.clamp(0.0, 1.0))
            .ceil()
            .max(1.0) as u64;
        let mut seen = 0;
        self.buckets()
            .find(|(_, count)| {
                seen += count;
                seen >= rank
            })
            .map(|(end, _)| end)
    }

    /// Adds the polls of `other`.
    pub fn merge(&mut self, other: &PollTimes) {
        self.0
            .iter_mut()
            .zip(other.0)
            .for_each(|(mine, theirs)| *mine += theirs);
    }
}

fn upper_end(bucket: usize) -> Duration {
    Duration::from_nanos(1 << (bucket + 1))
}

impl fmt::Debug for PollTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.buckets()).finish()
    }
}
