//! Instructions an operation, counted by callgrind: they repeat to the digit, whatever else the
//! machine does, and so can be held against a committed baseline.
//!
//! Each workload is run at two scales; the difference, divided by the operations between them,
//! leaves start-up out. Only runtimes that poll on the calling thread are counted this way: with
//! more threads the path taken depends on chance.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::options::{Instructions, Plan};
use crate::workloads::Workload;

/// The workloads whose path is the same each time.
pub const WORKLOADS: &[&str] = &[
    "yield",
    "spawn_local",
    "spawn_local_join",
    "join_all",
    "chain",
    "ping_pong_spawned",
    "ping_pong_standing",
    "pairs_light",
    "timer_arm_drop",
];

/// The runtimes that poll on the calling thread.
pub const PEERS: &[&str] = &["plies-ct", "tokio-ct"];

/// Whose counts the baseline holds.
const JUDGED: &str = "plies-ct";

/// A path may grow by this much before the check fails.
const TOLERANCE: f64 = 0.02;

const SCALE: u64 = 4_000;

/// Counts, prints a table, and then checks it against the baseline or makes it the baseline.
pub fn run(plan: &Plan, mode: Instructions) -> Result<(), String> {
    let mut counts = BTreeMap::new();
    for workload in plan
        .workloads
        .iter()
        .filter(|workload| WORKLOADS.contains(&workload.name))
    {
        let mut line = format!("{:<20}", workload.name);
        for &peer in plan.peers.iter().filter(|peer| PEERS.contains(peer)) {
            let count = count(peer, workload)?;
            let _ = write!(line, "  {peer} {count:.0}");
            if peer == JUDGED {
                counts.insert(workload.name, count);
            }
        }
        println!("{line}  instructions");
    }
    match mode {
        Instructions::Show => Ok(()),
        Instructions::Bless => bless(&counts),
        Instructions::Check => check(&counts),
    }
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

fn bless(counts: &BTreeMap<&str, f64>) -> Result<(), String> {
    let lines = counts
        .iter()
        .map(|(name, count)| format!("{name}\t{count:.0}\n"));
    fs::write(baseline(), lines.collect::<String>())
        .map_err(|error| format!("cannot write {}: {error}", baseline().display()))
}

fn check(counts: &BTreeMap<&str, f64>) -> Result<(), String> {
    let text = fs::read_to_string(baseline())
        .map_err(|error| format!("cannot read {}: {error}", baseline().display()))?;
    let mut longer = String::new();
    for (name, &count) in counts {
        let before = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        let Some(before): Option<f64> = before else {
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
