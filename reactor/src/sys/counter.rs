//! The processor's counter of time, where the system keeps its own time by it.

use std::arch::x86_64::_rdtsc;
use std::fs;
use std::sync::OnceLock;

use crate::time::Nanos;
use crate::time::ticks::Ticks;

static TICKS: Ticks = Ticks::new();

/// A time that is not before `clock`'s now, and at most a microsecond after it.
#[inline]
pub(crate) fn not_before_now(clock: impl FnOnce() -> Nanos) -> Nanos {
    TICKS.estimate(read).unwrap_or_else(|| look(clock))
}

#[cold]
fn look(clock: impl FnOnce() -> Nanos) -> Nanos {
    static IS_THE_CLOCKS: OnceLock<bool> = OnceLock::new();
    if !*IS_THE_CLOCKS.get_or_init(is_the_clocks) {
        return clock();
    }
    let before = read();
    let now = clock();
    TICKS.observe(before, now, read());
    now
}

/// Called only where the system's clock reads the counter in the same way, without asking.
#[inline]
fn read() -> u64 {
    // SAFETY: the instruction reads a register, and every 64-bit processor has it.
    unsafe { _rdtsc() }
}

/// Whether the system's clock runs by this counter: then the system has found that it runs evenly,
/// and alike on all processors, and lets programs read it.
fn is_the_clocks() -> bool {
    let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    fs::read(source).is_ok_and(|source| source == b"tsc\n")
}
