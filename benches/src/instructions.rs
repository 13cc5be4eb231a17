//! Instructions an operation, counted by callgrind: they repeat to the digit, whatever else the
//! machine does, and so can be held against a committed baseline.
//!
//! Each workload is run at two scales; the difference, divided by the operations between them,
//! leaves start-up out. What is judged runs on the calling thread: over workers the path depends on
//! chance and, since a worker that does not move on is looked after by the clock on the wall, on how
//! slow the counting is. A few paths over one worker are shown all the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::options::{Instructions, Plan};
use crate::workloads::Workload;

/// The workloads whose path is the same each time.
const WORKLOADS: &[&str] = &[
    "yield",
    "spawn_local",
    "spawn_local_join",
    "join_all",
    "chain",
    "ping_pong_spawned",
    "ping_pong_standing",
    "pairs_light",
    "wake_poll",
    "timer_arm_drop",
];

/// Those of them that are shown over one worker too.
const OVER_A_WORKER: &[&str] = &["yield", "spawn_local_join", "wake_poll"];

/// Whose counts the baseline holds, and beside them, to compare, whose else.
const ON_THIS_THREAD: [&str; 2] = ["plies-ct", "tokio-ct"];
const ON_A_WORKER: [&str; 2] = ["plies", "tokio"];

/// A path may grow by this much before the check fails.
const TOLERANCE: f64 = 0.02;

const SCALE: u64 = 4_000;

/// The counts of Plies and, if they were taken, of tokio, by workload.
type Counts = BTreeMap<&'static str, [Option<f64>; 2]>;

/// Counts, prints a table, and then checks it against the baseline or makes it the baseline.
pub fn run(plan: &Plan, mode: Instructions) -> Result<(), String> {
    let mut counts = Counts::new();
    let counted = |w: &&&Workload| WORKLOADS.contains(&w.name);
    for &workload in plan.workloads.iter().filter(counted) {
        let pair = pair(plan, workload, ON_THIS_THREAD)?;
        if pair[0].is_some() {
            counts.insert(workload.name, pair);
        }
        if matches!(mode, Instructions::Show) && OVER_A_WORKER.contains(&workload.name) {
            self::pair(plan, workload, ON_A_WORKER)?;
        }
    }
    match mode {
        Instructions::Show => Ok(()),
        Instructions::Bless => bless(&counts),
        Instructions::Check => check(&counts),
    }
}

/// Counts one workload on those of two runtimes that the plan has, and prints it.
fn pair(
    plan: &Plan,
    workload: &'static Workload,
    peers: [&'static str; 2],
) -> Result<[Option<f64>; 2], String> {
    let mut pair = [None; 2];
    for (peer, cell) in peers.into_iter().zip(&mut pair) {
        if plan.peers.contains(&peer) {
            let count = count(peer, workload)?;
            println!("{:<20} {peer:<10} {count:>6.0} instructions", workload.name);
            *cell = Some(count);
        }
    }
    Ok(pair)
}

/// Instructions an operation of `workload` on `peer`.
fn count(peer: &str, workload: &Workload) -> Result<f64, String> {
    let (few, many) = (
        collect(peer, workload, SCALE)?,
        collect(peer, workload, 2 * SCALE)?,
    );
    // A measurement warms up with a tenth of its scale.
    let operations = SCALE + 2 * SCALE / 10 - SCALE / 10;
    Ok((many as f64 - few as f64) / operations as f64)
}

/// All instructions of a measuring process.
fn collect(peer: &str, workload: &Workload, scale: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--child", peer, workload.name, "1", &scale.to_string()])
        .output()
        .map_err(|error| format!("cannot start valgrind, which counts instructions: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .map(|(_, n)| n);
    collected
        .and_then(|count| count.trim().parse().ok())
        .filter(|_| output.status.success())
        .ok_or_else(|| {
            format!(
                "valgrind counted nothing for {peer}, {}: {said}",
                workload.name
            )
        })
}

fn baseline() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("instructions.tsv")
}

fn bless(counts: &Counts) -> Result<(), String> {
    let mut text = String::new();
    for (name, pair) in counts {
        text.push_str(name);
        for count in pair.iter().flatten() {
            let _ = write!(text, "\t{count:.0}");
        }
        text.push('\n');
    }
    fs::write(baseline(), text)
        .map_err(|error| format!("cannot write {}: {error}", baseline().display()))
}

/// The baseline's lines: a path, Plies' count and, if it was taken, tokio's.
pub fn committed() -> Result<Vec<(String, Vec<f64>)>, String> {
    let text = fs::read_to_string(baseline())
        .map_err(|error| format!("cannot read {}: {error}", baseline().display()))?;
    let line = |line: &str| {
        let (name, counts) = line.split_once('\t')?;
        let counts: Result<Vec<f64>, _> = counts.split('\t').map(str::parse).collect();
        Some((name.to_owned(), counts.ok()?))
    };
    Ok(text.lines().filter_map(line).collect())
}

fn check(counts: &Counts) -> Result<(), String> {
    let committed = committed()?;
    let mut longer = String::new();
    for (&name, pair) in counts {
        let before = committed.iter().find(|(committed, _)| committed == name);
        let before = before.and_then(|(_, counts)| counts.first());
        let (Some(&before), Some(count)) = (before, pair[0]) else {
            return Err(format!("the baseline has no {name}: --bless adds it"));
        };
        if count > before * (1.0 + TOLERANCE) {
            let _ = write!(longer, "\n  {name}: {before:.0} before, {count:.0} now");
        }
    }
    if longer.is_empty() {
        return Ok(());
    }
    Err(format!(
        "paths grew by more than 2% (if it is worth it, --bless and say so):{longer}"
    ))
}
