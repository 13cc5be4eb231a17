//! Timers: a hierarchical wheel for each reactor, and the clock they run by.

pub(crate) mod clock;
pub(crate) mod entry;
pub(crate) mod sleep;
pub(crate) mod ticks;
pub(crate) mod timers;
pub(crate) mod wheel;

use std::time::{Duration, Instant};

/// Nanoseconds on a [`Clock`](clock::Clock), from an origin that all clocks of a process share.
pub(crate) type Nanos = u64;

/// When a sleep is to end, the way timers keep it: made from an [`Instant`], or by
/// [`Clock::after`](clock::Clock::after) for less than that costs.
///
/// ```
/// use plies_reactor::{Clock, Deadline};
/// use std::time::Duration;
///
/// let clock = Clock::new();
/// let now = Deadline::from(clock.now());
/// assert!(now < clock.after(Duration::from_secs(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(pub(crate) Nanos);

impl From<Instant> for Deadline {
    #[inline]
    fn from(instant: Instant) -> Self {
        Deadline(clock::to_nanos(instant))
    }
}

/// How long a duration is: `NEVER`, if it is longer than that. Cheaper than by way of 128 bits.
#[inline]
pub(crate) fn nanos_in(duration: Duration) -> Nanos {
    let seconds: Nanos = duration.as_secs();
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(duration.subsec_nanos().into())
}

/// The instant that no clock reaches: 584 years after the origin.
pub(crate) const NEVER: Nanos = Nanos::MAX;
