//! What time it is: the system's, or one that tests and simulations set.

use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use super::{Deadline, NEVER, Nanos, nanos_in};
use crate::handle::Shared;
use crate::sys;
use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The clock that timers run by: the system's monotonic one until it is paused.
///
/// A paused clock stands still until [`advance`](Clock::advance) moves it, or until every reactor
/// that runs by it would sleep: then it jumps to the next timer. Clones are the same clock.
///
/// ```
/// use plies_reactor::Clock;
/// use std::time::Duration;
///
/// let clock = Clock::new();
/// clock.pause();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now() - before, Duration::from_secs(3600));
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

/// The word of a clock.
///
/// | bits | holds |
/// |---|---|
/// | 63 | whether the clock is paused |
/// | 0 to 62 | paused: the time. Running: what to add to the system's time, modulo 2^63 |
///
/// | from | to | by | ordering, and what it publishes |
/// |---|---|---|---|
/// | running | paused | `pause` | acquire-release: nothing but the time |
/// | paused | paused, later | `advance`, a sleeping reactor | the same |
/// | paused | running | `resume` | the same |
#[derive(Debug)]
struct Inner {
    word: AtomicU64,
    /// Guards against jumping while something outside the reactors still runs.
    holds: AtomicUsize,
    reactors: Mutex<Vec<Weak<Shared>>>,
}

const PAUSED: u64 = 1 << 63;
const TIME: u64 = PAUSED - 1;

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock {
    /// A clock that shows the system's monotonic time.
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            word: AtomicU64::new(0),
            holds: AtomicUsize::new(0),
            reactors: Mutex::new(Vec::new()),
        }))
    }

    /// The time on this clock.
    pub fn now(&self) -> Instant {
        to_instant(self.nanos())
    }

    /// The instant `after` from now, or one that this clock never reaches if that overflows.
    ///
    /// ```
    /// # use plies_reactor::Clock;
    /// # use std::time::Duration;
    /// assert!(Clock::new().deadline(Duration::MAX) > Clock::new().now());
    /// ```
    pub fn deadline(&self, after: Duration) -> Instant {
        to_instant(self.nanos().saturating_add(nanos_in(after)))
    }

    /// Stops the clock where it is. A clock that is paused stays as it is.
    pub fn pause(&self) {
        self.update(|word| {
            if is_paused(word) {
                word
            } else {
                time_of(word) | PAUSED
            }
        });
        self.wake_reactors();
    }

    /// Lets the clock run on from where it stands. A clock that runs stays as it is.
    pub fn resume(&self) {
        self.update(|word| {
            if is_paused(word) {
                word.wrapping_sub(system()) & TIME
            } else {
                word
            }
        });
        self.wake_reactors();
    }

    /// Whether the clock stands still.
    #[inline]
    pub fn is_paused(&self) -> bool {
        is_paused(self.0.word.load(Ordering::Acquire))
    }

    /// Moves the clock forward, running or paused; timers that become due fire on the next turn
    /// of their reactors, which are woken for it.
    pub fn advance(&self, by: Duration) {
        let by = nanos_in(by).min(TIME);
        self.update(|word| {
            if is_paused(word) {
                (time_of(word) + by).min(TIME) | PAUSED
            } else {
                word.wrapping_add(by) & TIME
            }
        });
        self.wake_reactors();
    }

    /// Keeps a paused clock from jumping to the next timer until the guard is dropped: for work
    /// that no reactor can see, such as a job on a blocking thread.
    ///
    /// ```
    /// # use plies_reactor::Clock;
    /// let clock = Clock::new();
    /// let busy = clock.hold();
    /// // ... hand `busy` to the job; it drops it when done.
    /// drop(busy);
    /// ```
    pub fn hold(&self) -> ClockHold {
        self.0.holds.fetch_add(1, Ordering::AcqRel);
        ClockHold(self.clone())
    }

    /// The deadline of a sleep that begins now and takes `duration`; one too long for the clock never
    /// ends.
    ///
    /// It costs less than [`deadline`](Clock::deadline): where the system's clock runs by a counter of
    /// the processor, it reads that counter instead, and the deadline may be up to a microsecond later
    /// than the clock would have said, but never earlier.
    ///
    /// ```
    /// use plies_reactor::{Reactor, Sleep};
    /// use std::time::{Duration, Instant};
    ///
    /// let reactor = Reactor::new()?;
    /// let start = Instant::now();
    /// let deadline = reactor.handle().clock().after(Duration::from_millis(1));
    /// reactor.block_on(Sleep::new(deadline))?;
    /// assert!(start.elapsed() >= Duration::from_millis(1));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn after(&self, duration: Duration) -> Deadline {
        let word = self.0.word.load(Ordering::Acquire);
        let now = if is_paused(word) {
            word & TIME
        } else {
            sys::not_before_now(system).wrapping_add(word) & TIME
        };
        Deadline(now.saturating_add(nanos_in(duration)))
    }

    #[inline]
    pub(crate) fn nanos(&self) -> Nanos {
        time_of(self.0.word.load(Ordering::Acquire))
    }

    /// When the system's clock shows `at`, if this clock goes on running as it does.
    pub(crate) fn to_system(&self, at: Nanos) -> Nanos {
        let word = self.0.word.load(Ordering::Acquire);
        if is_paused(word) {
            NEVER
        } else {
            at.saturating_sub(word)
        }
    }

    pub(crate) fn attach(&self, reactor: &Arc<Shared>) {
        let mut reactors = self.0.reactors.lock();
        reactors.retain(|reactor| reactor.strong_count() > 0);
        reactors.push(Arc::downgrade(reactor));
    }

    /// Jumps to the next timer of all reactors, if the clock is paused and every one of them
    /// sleeps or is about to. Says whether it moved.
    pub(crate) fn jump(&self) -> bool {
        let mut earliest = NEVER;
        let reactors = self.reactors();
        for reactor in &reactors {
            match reactor.idle_until() {
                Some(next) => earliest = earliest.min(next),
                None => return false,
            }
        }
        if earliest == NEVER || self.0.holds.load(Ordering::Acquire) > 0 {
            return false;
        }
        let mut moved = false;
        self.update(|word| {
            moved = is_paused(word) && time_of(word) < earliest;
            if moved {
                earliest.min(TIME) | PAUSED
            } else {
                word
            }
        });
        if moved {
            for reactor in reactors
                .iter()
                .filter(|r| r.idle_until().is_some_and(|n| n <= earliest))
            {
                reactor.wake();
            }
        }
        moved
    }

    fn wake_reactors(&self) {
        for reactor in self.reactors() {
            reactor.wake();
        }
    }

    /// Those not gone, out of the lock: waking one must not be able to come back to it.
    fn reactors(&self) -> Vec<Arc<Shared>> {
        let mut reactors: Vec<_> = {
            let reactors = self.0.reactors.lock();
            reactors.iter().filter_map(Weak::upgrade).collect()
        };
        reactors.retain(|reactor| !reactor.gone.load(Ordering::Acquire));
        reactors
    }

    fn update(&self, mut change: impl FnMut(u64) -> u64) {
        let mut word = self.0.word.load(Ordering::Acquire);
        loop {
            let changed = change(word);
            match self.0.word.compare_exchange_weak(
                word,
                changed,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return,
                Err(current) => word = current,
            }
        }
    }
}

/// Keeps a paused clock from jumping; see [`Clock::hold`].
#[derive(Debug)]
pub struct ClockHold(Clock);

impl Drop for ClockHold {
    fn drop(&mut self) {
        if self.0.0.holds.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.wake_reactors();
        }
    }
}

#[inline]
fn is_paused(word: u64) -> bool {
    word & PAUSED != 0
}

#[inline]
fn time_of(word: u64) -> Nanos {
    if is_paused(word) {
        word & TIME
    } else {
        system().wrapping_add(word) & TIME
    }
}

/// The origin of all clocks: a little before the first one was read, so that "now" is never zero.
#[inline]
fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// The system's monotonic time.
#[inline]
pub(crate) fn system() -> Nanos {
    sys::monotonic(origin())
}

/// An instant that is out of range becomes the origin, or `NEVER`.
#[inline]
pub(crate) fn to_nanos(instant: Instant) -> Nanos {
    nanos_in(instant.saturating_duration_since(origin()))
}

pub(crate) fn to_instant(nanos: Nanos) -> Instant {
    origin() + Duration::from_nanos(nanos)
}
