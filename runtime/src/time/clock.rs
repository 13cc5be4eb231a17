//! The clock of the current runtime, and the test clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use plies_reactor::Clock;

use super::Instant;
use crate::context;
use crate::runtime::RuntimeFlavor;

/// Whether any clock of the process has been paused. Until then all of them show the system's
/// time, and reading that takes no detour through the current runtime. It guards no other data.
static EVER_PAUSED: AtomicBool = AtomicBool::new(false);

#[inline]
pub(super) fn now() -> Instant {
    if !EVER_PAUSED.load(Ordering::Relaxed) {
        return Instant::from_std(std::time::Instant::now());
    }
    let clock = context::with(|handle| handle.clock().now());
    Instant::from_std(clock.unwrap_or_else(|_| std::time::Instant::now()))
}

/// Stops `clock`, for `start_paused`.
pub(crate) fn start_paused(clock: &Clock) {
    EVER_PAUSED.store(true, Ordering::Relaxed);
    clock.pause();
}

/// Stops the runtime's clock.
///
/// From here on [`Instant::now`] stands still, and timers fire when the clock is moved: by
/// [`advance`], or by itself. When every task waits, the clock jumps to the next timer, so that
/// nothing waits for real; a job on the blocking pool holds it.
///
/// Only timers are affected: sockets, files and [`std::time::Instant`] live in real time.
///
/// # Panics
///
/// When the clock is paused already, when there is no current runtime, and when it is not a
/// `current_thread` runtime.
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// use plies::time::{self, Duration, Instant};
///
/// time::pause();
/// let start = Instant::now();
/// time::sleep(Duration::from_secs(86_400)).await; // Takes no time.
/// assert_eq!(start.elapsed(), Duration::from_secs(86_400));
/// # }
/// ```
#[track_caller]
pub fn pause() {
    let clock = test_clock("pause");
    assert!(
        !clock.is_paused(),
        "time is paused already: `time::resume()` lets it run again"
    );
    start_paused(&clock);
}

/// Lets a paused clock run on, from the moment it shows.
///
/// # Panics
///
/// When the clock is not paused, when there is no current runtime, and when it is not a
/// `current_thread` runtime.
#[track_caller]
pub fn resume() {
    let clock = test_clock("resume");
    assert!(
        clock.is_paused(),
        "time is not paused: `time::pause()` comes first"
    );
    clock.resume();
}

/// Moves a paused clock by `duration`, and lets the tasks whose timers that fires run.
///
/// # Cancel safety
///
/// Once polled, the clock has moved.
///
/// # Panics
///
/// When the clock is not paused, when there is no current runtime, and when it is not a
/// `current_thread` runtime.
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// use plies::time::{self, Duration};
///
/// let task = plies::spawn(time::sleep(Duration::from_secs(1)));
/// plies::task::yield_now().await;
/// time::advance(Duration::from_secs(1)).await;
/// task.await.unwrap();
/// # }
/// ```
pub async fn advance(duration: Duration) {
    let clock = test_clock("advance");
    assert!(
        clock.is_paused(),
        "time is not paused: `time::pause()` comes first"
    );
    clock.advance(duration);
    crate::task::yield_now().await;
}

#[track_caller]
fn test_clock(function: &str) -> Clock {
    let handle = context::require();
    assert!(
        handle.runtime_flavor() == RuntimeFlavor::CurrentThread,
        "`time::{function}()` needs a runtime of the flavor `current_thread`: on several workers \
         time cannot stand still",
    );
    handle.clock().clone()
}
