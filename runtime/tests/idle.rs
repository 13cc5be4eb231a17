//! An idle runtime makes no wake-ups, whatever waits in it. This is a process of its own, so that
//! its threads are the runtime's.
//!
//! Watches for a second; `PLIES_IDLE_SECONDS` sets another length.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use plies::io::AsyncReadExt;
use plies::net::UnixStream;
use plies::runtime::Builder;

const TASKS: usize = 10_000;

/// Context switches of each thread of a runtime, by its number and name.
fn switches() -> BTreeMap<String, u64> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let threads = tasks.filter_map(|task| {
        let path = task.unwrap().path();
        // A thread that has ended meanwhile has no files.
        let name = fs::read_to_string(path.join("comm")).ok()?;
        let status = fs::read_to_string(path.join("status")).ok()?;
        let number = path.file_name()?.to_str()?.to_owned();
        let lines = status.lines().filter(|line| line.contains("_switches"));
        let counts = lines.map(|line| line.split_whitespace().last().unwrap());
        let count = counts.map(|count| count.parse::<u64>().unwrap()).sum();
        name.starts_with("plies-")
            .then(|| (format!("{number} {}", name.trim()), count))
    });
    threads.collect()
}

#[test]
fn ten_thousand_parked_tasks_wake_nobody() {
    let seconds = std::env::var("PLIES_IDLE_SECONDS").ok();
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    let time = Duration::from_secs_f64(seconds.unwrap_or(1.0));
    for workers in [1, 4] {
        let runtime = Builder::new_multi_thread()
            .worker_threads(workers)
            .build()
            .unwrap();
        for _ in 0..TASKS {
            runtime.spawn(async { plies::time::sleep(Duration::from_secs(3600)).await });
        }
        let guard = runtime.enter();
        let (mut near, _far) = UnixStream::pair().unwrap();
        drop(guard);
        runtime.spawn(async move { near.read_u8().await });
        while runtime.metrics().suspended_tasks() < TASKS + 1
            || runtime.metrics().sleeping_workers() < workers
        {
            std::thread::yield_now();
        }
        // The monitor takes a few more samples before it sleeps too.
        let mut before = switches();
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let earlier = std::mem::replace(&mut before, switches());
            if earlier == before {
                break;
            }
        }
        assert_eq!(before.len(), workers + 1, "{before:?}");
        std::thread::sleep(time);
        assert_eq!(switches(), before, "nothing happened, and somebody woke");
    }
}
