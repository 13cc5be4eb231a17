//! What measuring asks of the machine, and what is to be known of it.

use std::fs;
use std::process::Command;
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

/// What a program prints; empty if it cannot be run.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim().to_owned()
}

/// The commit that is measured, as far as git knows.
pub fn commit() -> String {
    const HERE: &str = env!("CARGO_MANIFEST_DIR");
    let commit = output("git", &["-C", HERE, "rev-parse", "--short", "HEAD"]);
    let code = ["../task", "../reactor", "../scheduler", "../runtime", "src"];
    let status = ["-C", HERE, "status", "--porcelain", "--"];
    match output("git", &[&status[..], &code].concat()).as_str() {
        "" => commit,
        _ => format!("{commit} with changes"),
    }
}

/// The date, and how busy the machine is.
pub fn now() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let date = output("date", &["-u", "+%Y-%m-%d %H:%M UTC"]);
    format!("{date}, with a load of {load} at the beginning")
}

/// The processor, how many cores of it there are, and the system.
pub fn description() -> String {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let system = output("uname", &["-r"]);
    format!("{model}, {cores} cores, Linux {system}")
}

/// The compiler.
pub fn rustc() -> String {
    output("rustc", &["--version"])
}
