//! What was measured, on what, and when.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::record::Record;
use crate::{machine, peers};

/// The crates whose versions matter.
const CRATES: &[&str] = &[
    "tokio",
    "async-executor",
    "async-io",
    "futures",
    "nexosim",
    "monoio",
    "compio",
    "mio",
    "hyper",
    "async-channel",
];

/// The machine, the versions and the date, as a list.
pub fn said(record: &Record) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "- Machine: {}", machine::description());
    let _ = writeln!(text, "- Date: {}", record.began());
    let _ = writeln!(
        text,
        "- Plies: commit {}, {}",
        record.commit(),
        machine::rustc()
    );
    let _ = writeln!(text, "- Peers: {}", versions().join(", "));
    let drivers: Vec<_> = peers::drivers()
        .iter()
        .map(|(name, driver)| format!("{name} over {driver}"))
        .collect();
    if !drivers.is_empty() {
        let _ = writeln!(text, "- System interface here: {}", drivers.join(", "));
    }
    text
}

/// Names and versions from the lock file that this was built with.
fn versions() -> Vec<String> {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap_or_default();
    let version = |name: &&str| {
        let begin = format!("name = \"{name}\"\nversion = \"");
        // Of several versions the last one is the newest, which Plies and most others stand on.
        let (_, rest) = lock.rsplit_once(&begin)?;
        Some(format!("{name} {}", rest.split_once('"')?.0))
    };
    CRATES.iter().filter_map(version).collect()
}
