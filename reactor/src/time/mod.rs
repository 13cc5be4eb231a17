//! Timers: a hierarchical wheel for each reactor, and the clock they run by.

pub(crate) mod clock;
pub(crate) mod entry;
pub(crate) mod sleep;
pub(crate) mod timers;
pub(crate) mod wheel;

/// Nanoseconds on a [`Clock`](clock::Clock), from an origin that all clocks of a process share.
pub(crate) type Nanos = u64;

/// The instant that no clock reaches: 584 years after the origin.
pub(crate) const NEVER: Nanos = Nanos::MAX;
