//! What a measuring process asks of the machine.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// Keeps the calling thread, and those that it starts, on one core; `core` counts from 0 and wraps.
pub fn pin(core: usize) {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let mut set = CpuSet::new();
    set.set(core % cores);
    sched_setaffinity(None, &set).expect("the core is there");
}

/// The CPU time that all threads of this process have used.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Allows as many open files as this process may, and returns how many.
pub fn raise_descriptors() -> u64 {
    const ENOUGH: u64 = 250_000;
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(ENOUGH);
    let set = |current, maximum| {
        let limit = Rlimit {
            current: Some(current),
            maximum,
        };
        setrlimit(Resource::Nofile, limit).is_ok()
    };
    // Only a privileged process may go beyond what it was started with.
    if most < ENOUGH && set(ENOUGH, Some(ENOUGH)) {
        return ENOUGH;
    }
    if set(most.min(ENOUGH), limit.maximum) {
        return most.min(ENOUGH);
    }
    limit.current.unwrap_or(most)
}

/// Bytes of this process that are in memory.
pub fn resident() -> i64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux counts pages");
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    let pages: i64 = pages.expect("the second field counts resident pages");
    pages * rustix::param::page_size() as i64
}
