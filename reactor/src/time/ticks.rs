//! The time told by a counter of the processor, which costs a third of a look at the clock.
//!
//! Looks at the clock teach at what rate the counter runs; from then on each one is good for a
//! while, in which the counter says how much time has passed since. What it says is never before the
//! clock's time and at most a microsecond after it: right for a deadline that lies ahead, which may
//! be missed by a microsecond but never be early.
//!
//! How far the two can come apart: the clock is slewed by at most 0.1% against the counter, and may have
//! been slewed as much the other way while the rate was learnt, which is [`SPAN`] / 500; the rate is learnt from looks that are known to within [`TIGHT`] ticks and lie
//! [`LEARN`] apart, which is less than 20 ns in a span; and a processor may read the counter some
//! tens of nanoseconds ahead of its turn. [`MARGIN`] covers all three. If a look shows that the
//! counter has run wild between two of them, it is not used again.

use super::Nanos;
use crate::planted::{Bug, planted};
use plies_shim::sync::SpinMutex;
use plies_shim::sync::atomic::{AtomicU64, Ordering};

/// For how long after a look at the clock the counter is believed.
const SPAN: Nanos = 150_000;

/// Added to what the counter says, so that it is not before the clock.
const MARGIN: Nanos = 400;

/// How long the counter is watched before it is used.
const LEARN: Nanos = 10_000_000;

/// A look that took more ticks than this was interrupted, and says little of the counter.
const TIGHT: u64 = 500;

/// Looks further apart than this do not judge the counter: the machine may have been suspended.
const JUDGE: Nanos = 1_000_000_000;

/// How a counter relates to the clock.
///
/// | word | holds | ordering, and what it publishes |
/// |---|---|---|
/// | `span` | for how many ticks after `anchor` the rest holds; zero while it does not | release: `rate`, and an `offset` that goes with it |
/// | `anchor` | the counter at the last look | release: the `offset` of that look |
/// | `offset` | what to add to the ticks, in nanoseconds | relaxed: ordered by the two above |
/// | `rate` | nanoseconds a tick, in units of 2^-32; written once | relaxed: ordered by `span` |
///
/// All are written under the lock of `learnt`. Who sees a new anchor sees its offset or a newer one;
/// an older anchor with a newer offset is right too, only for a shorter while.
#[derive(Debug)]
pub struct Ticks {
    span: AtomicU64,
    anchor: AtomicU64,
    offset: AtomicU64,
    rate: AtomicU64,
    learnt: SpinMutex<Learnt>,
}

/// What the looks have shown.
#[derive(Debug)]
enum Learnt {
    Nothing,
    /// The first look: the counter and the clock.
    First(u64, Nanos),
    /// The rate; when the clock was looked at last.
    Rate(Nanos),
    /// The counter is of no use.
    Useless,
}

impl Ticks {
    #[cfg(not(any(plies_loom, plies_shuttle)))]
    pub const fn new() -> Self {
        Self {
            span: AtomicU64::new(0),
            anchor: AtomicU64::new(0),
            offset: AtomicU64::new(0),
            rate: AtomicU64::new(0),
            learnt: SpinMutex::new(Learnt::Nothing),
        }
    }

    /// The same for the model checkers, whose atomics have no `const` constructors.
    #[cfg(any(plies_loom, plies_shuttle))]
    pub fn new() -> Self {
        Self {
            span: AtomicU64::new(0),
            anchor: AtomicU64::new(0),
            offset: AtomicU64::new(0),
            rate: AtomicU64::new(0),
            learnt: SpinMutex::new(Learnt::Nothing),
        }
    }

    /// A time not before now, if the counter, which is read with `read`, can tell.
    #[inline]
    pub fn estimate(&self, read: impl FnOnce() -> u64) -> Option<Nanos> {
        let span = self.span.load(Ordering::Acquire);
        if span == 0 {
            return None;
        }
        let anchor = self.anchor.load(Ordering::Acquire);
        let ticks = read();
        // The anchor may be a little ahead of this processor's reading, or long ago: either is out
        // of the span.
        if ticks.wrapping_sub(anchor) >= span {
            return None;
        }
        let rate = self.rate.load(Ordering::Relaxed);
        let offset = self.offset.load(Ordering::Relaxed);
        Some(nanos(ticks, rate).wrapping_add(offset) + MARGIN)
    }

    /// Notes that the clock showed `now` after the counter had shown `before` and before it showed
    /// `after`.
    #[cold]
    pub fn observe(&self, before: u64, now: Nanos, after: u64) {
        if after.wrapping_sub(before) > TIGHT {
            return;
        }
        // Another thread is at it, and its look is as good.
        let Some(mut learnt) = self.learnt.try_lock() else {
            return;
        };
        match *learnt {
            Learnt::Nothing => *learnt = Learnt::First(before, now),
            Learnt::First(ticks, then) => {
                let (ticks, took) = (before.wrapping_sub(ticks), now.saturating_sub(then));
                if took < LEARN {
                    return;
                }
                *learnt = match rate(ticks, took) {
                    Some(rate) => {
                        self.rate.store(rate, Ordering::Relaxed);
                        self.set(before, now, rate);
                        let span = u128::from(SPAN) << 32;
                        self.span
                            .store((span / u128::from(rate)) as u64, Ordering::Release);
                        Learnt::Rate(now)
                    }
                    None => Learnt::Useless,
                };
            }
            Learnt::Rate(last) => {
                let rate = self.rate.load(Ordering::Relaxed);
                let predicted =
                    nanos(before, rate).wrapping_add(self.offset.load(Ordering::Relaxed));
                let took = now.saturating_sub(last);
                if took < JUDGE && predicted.abs_diff(now) > took / 500 + MARGIN {
                    self.span.store(0, Ordering::Release);
                    *learnt = Learnt::Useless;
                    return;
                }
                self.set(before, now, rate);
                *learnt = Learnt::Rate(now);
            }
            Learnt::Useless => {}
        }
    }

    /// From now on time counts from `now`, when the counter showed `ticks`.
    fn set(&self, ticks: u64, now: Nanos, rate: u64) {
        let offset = now.wrapping_sub(nanos(ticks, rate));
        if planted(Bug::AnchorBeforeOffset) {
            self.anchor.store(ticks, Ordering::Release);
            self.offset.store(offset, Ordering::Relaxed);
            return;
        }
        self.offset.store(offset, Ordering::Relaxed);
        self.anchor.store(ticks, Ordering::Release);
    }
}

/// How long `ticks` take, modulo 2^64.
#[inline]
fn nanos(ticks: u64, rate: u64) -> Nanos {
    ((u128::from(ticks) * u128::from(rate)) >> 32) as Nanos
}

/// Nanoseconds a tick, in units of 2^-32; none for a counter that cannot be one of time: slower than
/// a tick every sixteen nanoseconds, or faster than sixteen in one.
fn rate(ticks: u64, took: Nanos) -> Option<u64> {
    let rate = (u128::from(took) << 32).checked_div(ticks.into())?;
    let sane = (1 << 28)..=(1 << 36);
    sane.contains(&rate).then_some(rate as u64)
}
