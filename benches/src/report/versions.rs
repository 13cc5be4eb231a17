//! What was measured, on what, and when.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::peers;
use crate::record;

/// The crates whose versions matter.
const CRATES: &[&str] = &[
    "tokio",
    "async-executor",
    "async-io",
    "futures",
    "monoio",
    "compio",
    "mio",
    "hyper",
    "async-channel",
];

/// The machine, the versions and the date, as a list.
pub fn said() -> String {
    let mut text = String::new();
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let _ = writeln!(
        text,
        "- Machine: {}, {cores} cores, Linux {}",
        processor(),
        first_line("uname", "-r")
    );
    let _ = writeln!(text, "- Date: {}", first_line("date", "+%Y-%m-%d"));
    let _ = writeln!(
        text,
        "- Plies: commit {}, {}",
        record::commit(),
        first_line("rustc", "--version")
    );
    let _ = writeln!(text, "- Peers: {}", versions().join(", "));
    let drivers = peers::drivers();
    if !drivers.is_empty() {
        let drivers: Vec<_> = drivers
            .iter()
            .map(|(name, driver)| format!("{name} over {driver}"))
            .collect();
        let _ = writeln!(text, "- System interface here: {}", drivers.join(", "));
    }
    text
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or("unknown processor".into(), |(_, model)| model.to_owned())
}

fn first_line(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim().to_owned()
}

/// Names and versions from the lock file that this was built with.
fn versions() -> Vec<String> {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap_or_default();
    let version = |name: &&str| {
        let begin = format!("name = \"{name}\"\nversion = \"");
        let (_, rest) = lock.split_once(&begin)?;
        Some(format!("{name} {}", rest.split_once('"')?.0))
    };
    CRATES.iter().filter_map(version).collect()
}
