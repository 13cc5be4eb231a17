//! The plain driver: a thread that sleeps until it is unparked.
//!
//! One word decides; the lock and the condition variable only carry the sleep.
//!
//! | state | meaning |
//! |---|---|
//! | `EMPTY` | nobody sleeps, nothing was signalled |
//! | `PARKED` | the owner sleeps, or is about to, and holds or held the lock since |
//! | `NOTIFIED` | a token is there: the next park takes it and returns |
//!
//! | transition | by | ordering | publishes |
//! |---|---|---|---|
//! | any → `NOTIFIED` | `unpark` | Release (AcqRel) | the unparker's writes, to the owner |
//! | `NOTIFIED` → `EMPTY` | `park` | Acquire | – |
//! | `EMPTY` → `PARKED` | `park`, lock held | Relaxed | – |
//! | `PARKED` → `EMPTY` | `park` after a timeout | Acquire | – |

use std::io;
use std::time::{Duration, Instant};

use plies_shim::sync::atomic::{AtomicU32, Ordering};
use plies_shim::sync::{Condvar, Mutex};

use crate::Driver;
use crate::mutants::{Mutant, planted};

const EMPTY: u32 = 0;
const PARKED: u32 = 1;
const NOTIFIED: u32 = 2;

/// Parks a thread; the driver of a pool without I/O.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use plies_scheduler::{Driver, ThreadParker};
///
/// let parker = ThreadParker::new();
/// parker.unpark(); // Sticky: the next park returns at once.
/// parker.park(Some(Duration::from_secs(3600)))?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ThreadParker {
    state: AtomicU32,
    lock: Mutex<()>,
    signal: Condvar,
}

impl ThreadParker {
    /// A parker without a token.
    pub fn new() -> Self {
        ThreadParker {
            state: AtomicU32::new(EMPTY),
            lock: Mutex::new(()),
            signal: Condvar::new(),
        }
    }

    /// Sleeps until there is a token, which it takes, or for `timeout`.
    pub(crate) fn wait(&self, timeout: Option<Duration>) {
        if planted(Mutant::ParkForgetsToken) {
            self.state.store(EMPTY, Ordering::Relaxed);
        }
        if !self.take_token() && timeout != Some(Duration::ZERO) {
            self.sleep(timeout);
        }
    }

    /// Takes the token if there is one.
    fn take_token(&self) -> bool {
        self.change(NOTIFIED, EMPTY, Ordering::Acquire)
    }

    fn change(&self, from: u32, to: u32, order: Ordering) -> bool {
        self.state
            .compare_exchange(from, to, order, Ordering::Relaxed)
            .is_ok()
    }

    fn sleep(&self, timeout: Option<Duration>) {
        // A deadline that overflows is further away than anyone waits.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut guard = self.lock.lock();
        if !self.change(EMPTY, PARKED, Ordering::Relaxed) {
            self.state.swap(EMPTY, Ordering::Acquire);
            return;
        }
        loop {
            match deadline {
                None => guard = self.signal.wait(guard),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        self.state.swap(EMPTY, Ordering::Acquire);
                        return;
                    }
                    guard = self.signal.wait_timeout(guard, left).0;
                }
            }
            if self.take_token() {
                return;
            }
        }
    }
}

impl Default for ThreadParker {
    fn default() -> Self {
        Self::new()
    }
}

impl Driver for ThreadParker {
    /// Never fails.
    fn park(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.wait(timeout);
        Ok(())
    }

    /// Nothing to look for.
    fn poll(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn unpark(&self) {
        if self.state.swap(NOTIFIED, Ordering::AcqRel) == PARKED {
            // The owner holds the lock from before `PARKED` until it waits: passing through the
            // lock means that it waits now, and the signal cannot fall into the gap.
            if !planted(Mutant::UnparkSkipsLock) {
                drop(self.lock.lock());
            }
            self.signal.notify_one();
        }
    }

    fn needs_polling(&self) -> bool {
        false
    }
}
