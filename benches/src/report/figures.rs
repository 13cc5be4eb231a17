//! The figures themselves, how they scale, and how far apart they are.

use std::fmt::Write as _;

use super::{NOTHING, rows, title};
use crate::options::Plan;
use crate::peers::Flavour::{self, Current, Workers};
use crate::peers::Role::{self, Peer, Subject};
use crate::peers::{self, Named};
use crate::record::{Figures, Record};
use crate::schedule::{Case, WORKERS};
use crate::verdict::{self, comparable, number};
use crate::workloads::SCALED;

/// The medians over 1, 2, 4 and 8 workers, and Plies' ratios to tokio.
pub fn scaling(plan: &Plan, record: &Record) -> String {
    let mut text = String::from(
        "The workload over other numbers of workers, on the same cores.\n\n\
         | workload | | 1 worker | 2 | 4 | 8 |\n|---|---|--:|--:|--:|--:|\n",
    );
    for &workload in plan.workloads.iter().filter(|w| SCALED.contains(&w.name)) {
        let cases = WORKERS.map(|workers| Case { workload, workers });
        let mut row = |who: &str, cells: [Option<String>; WORKERS.len()]| {
            if cells.iter().any(Option::is_some) {
                let cells = cells.map(|cell| cell.unwrap_or(NOTHING.to_owned()));
                let cells = cells.join(" | ");
                let _ = writeln!(text, "| `{}` | {who} | {cells} |", workload.name);
            }
        };
        let unit = workload.metrics[0].unit;
        for peer in peers::ALL.iter().filter(|peer| scales(peer)) {
            let median = |case| Some(number(record.figures(case, peer.name, 0)?.median()));
            row(&format!("{}, {unit}", peer.name), cases.map(median));
        }
        let ratio = |case| {
            let verdict = verdict::of(record, case, 0, Flavour::Workers)?;
            Some(format!("**{:.2}**", verdict.tokio?.ratio.median()))
        };
        row("Plies to tokio", cases.map(ratio));
    }
    text
}

fn scales(peer: &Named) -> bool {
    matches!(peer.role, Subject(Workers) | Peer(Workers))
}

/// All medians and ranges, in one table for each kind of runtime.
pub fn every(plan: &Plan, record: &Record) -> String {
    let mut text = String::from("Median, and in brackets the lowest and the highest.\n");
    type Kind = fn(Role) -> bool;
    let kinds: [(&str, Kind); 3] = [
        ("Over workers, or a thread a core", |role| {
            matches!(
                role,
                Subject(Workers) | Peer(Workers) | Role::Cores | Role::Limit
            )
        }),
        ("On the caller's thread", |role| {
            matches!(role, Subject(Current) | Peer(Current))
        }),
        ("Plies' other schedulers", |role| role == Role::Variant),
    ];
    for (head, kind) in kinds {
        let peers = peers::ALL.iter().filter(|peer| kind(peer.role));
        let peers: Vec<_> = peers
            .map(|peer| peer.name)
            .filter(|name| plan.peers.contains(name))
            .collect();
        if !peers.is_empty() {
            let _ = write!(text, "\n### {head}\n\n{}", table(plan, record, &peers));
        }
    }
    text
}

/// One column a runtime; a row that no one has is left out.
fn table(plan: &Plan, record: &Record, peers: &[&str]) -> String {
    let mut text = format!("| workload | unit | {} |\n", peers.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "--:|".repeat(peers.len()));
    for (case, i, metric) in rows(plan) {
        let figures: Vec<_> = peers
            .iter()
            .map(|peer| record.figures(case, peer, i))
            .collect();
        if figures.iter().all(Option::is_none) {
            continue;
        }
        let cells = figures
            .iter()
            .map(|figures| figures.as_ref().map_or(NOTHING.to_owned(), figure));
        let cells = cells.collect::<Vec<_>>().join(" | ");
        let _ = writeln!(
            text,
            "| {} | {} | {cells} |",
            title(case, metric),
            metric.unit
        );
    }
    text
}

fn figure(figures: &Figures) -> String {
    let (low, high) = figures.range();
    match (number(low), number(high)) {
        (low, high) if low == high => number(figures.median()),
        (low, high) => format!("{} ({low} to {high})", number(figures.median())),
    }
}

/// How much the rounds of one runtime differ.
pub fn noise(plan: &Plan, record: &Record) -> String {
    let mut spreads: Vec<(f64, String)> = Vec::new();
    for (case, i, metric) in rows(plan).filter(|row| comparable(row.2)) {
        for peer in peers::ALL.iter().filter(|peer| peer.role != Role::Limit) {
            let figures = record.figures(case, peer.name, i);
            // Fewer rounds say nothing of a middle half.
            if let Some(figures) = figures.filter(|figures| figures.rounds() >= 3) {
                let what = format!("{} of {}", title(case, metric), peer.name);
                spreads.push((figures.spread(), what));
            }
        }
    }
    spreads.sort_by(|a, b| a.0.total_cmp(&b.0));
    if spreads.is_empty() {
        return String::from("Too few rounds to tell.\n");
    }
    let at = |part: usize| 100.0 * spreads[(spreads.len() - 1) * part / 100].0;
    let mut text = format!(
        "How far apart the middle half of one runtime's rounds is, as a part of their median: {:.1}% \
         in half of all figures, {:.1}% in nine of ten. Ratios closer to 1 than that say nothing. The \
         widest:\n\n",
        at(50),
        at(90)
    );
    for (spread, what) in spreads.iter().rev().take(5) {
        let _ = writeln!(text, "- {what}: {:.0}%", 100.0 * spread);
    }
    text
}
