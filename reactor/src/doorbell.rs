//! The word that says whether a reactor's owner sleeps, so that waking it costs a system call
//! only then.

use crate::planted::{Bug, planted};
use crate::sys::longest_spin;
use crate::time::{Nanos, clock};
use plies_shim::hint::spin_loop;
use plies_shim::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use plies_shim::sync::{Condvar, Mutex};
use std::time::Duration;

/// A word with four states, and a place to park.
///
/// | state | the owner |
/// |---|---|
/// | `AWAKE` | runs, and will look at what was published before it sleeps |
/// | `ASLEEP` | is in the selector, or about to be |
/// | `PARKED` | waits for nothing but this bell, or is about to, outside the selector |
/// | `RUNG` | has been woken since it last began to sleep, and will not sleep the next time |
///
/// | from | to | by | ordering, and what it publishes |
/// |---|---|---|---|
/// | `AWAKE` | `ASLEEP` | the owner, `begin` | acquire-release: its announcement, to those who ring |
/// | `RUNG` | `AWAKE` | the owner, `begin` | acquire: what the ringer wrote before |
/// | `ASLEEP` | `PARKED` | the owner, `try_park` | acquire-release, as `begin` |
/// | `PARKED` | `ASLEEP` | the owner, `try_park`, if it has to be in the selector | the same |
/// | `ASLEEP`, `PARKED`, `RUNG` | `AWAKE` | the owner, `end` | acquire: what the ringer wrote before |
/// | any | `RUNG` | anyone, `ring` | acquire-release: what it wrote before, to the owner. Also when it is `RUNG` already |
/// | `ASLEEP`, `PARKED` | `RUNG` | anyone, `ring_sleeper` | the same |
/// | `PARKED` | `RUNG` | anyone, `ring_parked` | the same |
///
/// Whoever rings and the owner both change this one word, so one of them sees the other: either
/// the owner finds `RUNG`, or the ringer finds it asleep and ends that sleep, the way it is slept.
///
/// Why there are two: an owner that watches no source and no timer has nothing to ask the system
/// for. It can spin for the first microseconds, and a ring then costs neither side a system call.
#[derive(Debug)]
pub(crate) struct Doorbell {
    state: AtomicU32,
    /// Whether the owner waits on `unparked`. Locked from its last look at `state` until it waits,
    /// and once after a ring: so no ring falls between the two.
    is_waiting: Mutex<bool>,
    unparked: Condvar,
    /// The last sleep was short. Only the owner's; relaxed.
    rang_soon: AtomicBool,
}

/// How often the bell is looked at between two looks at the clock.
const LOOKS: u32 = 8;

/// The shortest sleep that one spins before.
const SPINS_BEFORE: Duration = Duration::from_millis(1);

const AWAKE: u32 = 0;
const ASLEEP: u32 = 1;
const PARKED: u32 = 2;
const RUNG: u32 = 3;

impl Doorbell {
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicU32::new(AWAKE),
            is_waiting: Mutex::new(false),
            unparked: Condvar::new(),
            rang_soon: AtomicBool::new(false),
        }
    }

    /// The owner announces that it is about to sleep. `false`: it was rung, and must not.
    pub(crate) fn begin(&self) -> bool {
        let begun = self.change(AWAKE, ASLEEP);
        if !begun {
            self.end();
            if planted(Bug::RingOverwritten) {
                self.state.store(ASLEEP, Ordering::Relaxed);
                return true;
            }
        }
        begun
    }

    /// The owner, which has begun, waits to be rung, outside the selector, for at most `timeout`.
    /// `false`: it must sleep in the selector instead, for it was rung there before it left, or
    /// `needs_selector` says so.
    ///
    /// Whoever makes that true afterwards sees this owner `PARKED`, and has to ring.
    pub(crate) fn try_park(
        &self,
        timeout: Option<Duration>,
        needs_selector: impl FnOnce() -> bool,
    ) -> bool {
        if !self.change(ASLEEP, PARKED) {
            return false;
        }
        if needs_selector() {
            return !self.change(PARKED, ASLEEP);
        }
        self.park(timeout);
        true
    }

    /// Waits until somebody rings. If that was soon the last time, it spins first, for as long as
    /// it costs to give the processor away and get it back: at worst the two together are twice
    /// the cheaper one. (Karlin, Li, Manasse, Owicki: Empirical Studies of Competitive Spinning,
    /// 1991. Linux' haltpoll governor goes by the last time, too.)
    fn park(&self, timeout: Option<Duration>) {
        let began = clock::system();
        // One that looks again by itself before long has nothing to spin for.
        let may_spin = timeout.is_none_or(|timeout| timeout >= SPINS_BEFORE);
        let spins = may_spin && self.rang_soon.load(Ordering::Relaxed);
        if spins && self.spin(began + longest_spin()) {
            return;
        }
        let mut is_waiting = self.is_waiting.lock();
        while self.state.load(Ordering::Acquire) == PARKED {
            *is_waiting = true;
            let timed_out;
            (is_waiting, timed_out) = match timeout {
                Some(timeout) => self.unparked.wait_timeout(is_waiting, timeout),
                None => (self.unparked.wait(is_waiting), false),
            };
            if timed_out {
                break;
            }
        }
        *is_waiting = false;
        drop(is_waiting);
        let soon = clock::system() - began < longest_spin();
        self.rang_soon.store(soon, Ordering::Relaxed);
    }

    /// Looks at the word until `end`. Says whether somebody rang.
    fn spin(&self, end: Nanos) -> bool {
        while clock::system() < end {
            for _ in 0..LOOKS {
                if self.state.load(Ordering::Acquire) != PARKED {
                    return true;
                }
                spin_loop();
            }
        }
        false
    }

    /// The owner is awake. Says whether it was rung since `begin`.
    pub(crate) fn end(&self) -> bool {
        self.state.swap(AWAKE, Ordering::AcqRel) == RUNG
    }

    /// Rings. `true`: the owner sleeps in the selector, and the caller must interrupt that.
    #[must_use]
    pub(crate) fn ring(&self) -> bool {
        let before = self.state.swap(RUNG, Ordering::AcqRel);
        if before == PARKED {
            self.unpark();
        }
        before == ASLEEP
    }

    /// Rings only if the owner sleeps; an owner awake is left to go to sleep later.
    #[must_use]
    pub(crate) fn ring_sleeper(&self) -> bool {
        if planted(Bug::SleeperLookedForTwice) {
            let in_selector = self.change(ASLEEP, RUNG);
            self.ring_parked();
            return in_selector;
        }
        let asleep = |state| matches!(state, ASLEEP | PARKED).then_some(RUNG);
        let before = self
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, asleep);
        if before == Ok(PARKED) {
            self.unpark();
        }
        before == Ok(ASLEEP)
    }

    /// Rings only if the owner sleeps outside the selector.
    pub(crate) fn ring_parked(&self) {
        if self.change(PARKED, RUNG) {
            self.unpark();
        }
    }

    pub(crate) fn is_asleep(&self) -> bool {
        matches!(self.state.load(Ordering::Acquire), ASLEEP | PARKED)
    }

    fn change(&self, from: u32, to: u32) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn unpark(&self) {
        if planted(Bug::UnparkUnlocked) {
            return self.unparked.notify_one();
        }
        if *self.is_waiting.lock() {
            self.unparked.notify_one();
        }
    }
}
