//! The processor's counter of time, where the system keeps its own time by it.

use std::arch::x86_64::_rdtsc;
use std::fs;
use std::sync::OnceLock;

use crate::time::Nanos;
use crate::time::ticks::Ticks;

static TICKS: Ticks = Ticks::new();

/// Whether the system's clock runs by the counter.
static IS_THE_CLOCKS: OnceLock<bool> = OnceLock::new();

/// Finds out whether the counter is of use, for later: a program may open no files any more once it
/// has shut itself in.
pub(crate) fn prepare() {
    IS_THE_CLOCKS.get_or_init(is_the_clocks);
}

/// A time that is not before `clock`'s now, and at most a microsecond after it.
#[inline]
pub(crate) fn not_before_now(clock: impl FnOnce() -> Nanos) -> Nanos {
    TICKS.estimate(read).unwrap_or_else(|| look(clock))
}

#[cold]
fn look(clock: impl FnOnce() -> Nanos) -> Nanos {
    if IS_THE_CLOCKS.get() != Some(&true) {
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

/// A counter that the clock runs by has been found to run evenly, and alike on all processors, and
/// programs may read it.
fn is_the_clocks() -> bool {
    let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    fs::read(source).is_ok_and(|source| source == b"tsc\n")
}
