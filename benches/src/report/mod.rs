//! `benches/RESULTS.md`, and its chart.

mod chart;
mod versions;

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::harness::Case;
use crate::options::Plan;
use crate::peers::{self, Flavour, Role};
use crate::record::{Figures, Record};
use crate::verdict::{self, Compared, comparable, number};
use crate::workloads::{Metric, SCALED, Workload};
use crate::{goals, instructions};

const NOTHING: &str = "–";

/// Writes both files.
pub fn write(plan: &Plan, record: &Record) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(folder.join("RESULTS.md"), markdown(plan, record))?;
    fs::write(folder.join("chart.svg"), chart::svg(plan, record))
}

fn markdown(plan: &Plan, record: &Record) -> String {
    let mut text = String::from("# Plies and its peers\n\n");
    text += &versions::said();
    let _ = writeln!(
        text,
        "\n{} workers, medians of up to {} rounds. In each round the runtimes take turns, beginning \
         with another each time, and every figure comes from a process of its own. Ratios are taken \
         round by round, above 1 is ahead, and in brackets are the lowest and the highest. `best` is \
         the hardest peer that does the same work over as many threads; `limit` is what remains \
         without a runtime. Where no goal was set, the goal is not to be behind tokio; and no row \
         may be behind the best, unless it says otherwise.\n\n\
         Regenerate with `cargo run --release -p plies-benches --features peers -- --write`.\n\n\
         ![Plies' ratios to tokio](chart.svg)",
        plan.workers,
        record.rounds(),
    );
    let _ = writeln!(text, "\n## Over {} workers\n", plan.workers);
    verdicts(&mut text, plan, record, Flavour::Workers);
    text += "\n## On the caller's thread\n\n";
    verdicts(&mut text, plan, record, Flavour::Current);
    text += "\n## Scaling\n\nThe workload over other numbers of workers, on the same cores.\n\n";
    scaling(&mut text, plan, record);
    text += "\n## Instructions\n\n";
    instructions(&mut text);
    text += "\n## Every figure\n\nMedian, and in brackets the lowest and the highest.\n\n";
    every(&mut text, plan, record);
    text += "\n## Noise\n\n";
    noise(&mut text, plan, record);
    text
}

/// Each metric of each workload as a row.
fn rows(plan: &Plan) -> impl Iterator<Item = (Case, usize, &'static Metric)> {
    plan.workloads.iter().flat_map(|workload| {
        let case = plan.case(workload);
        let metrics = workload.metrics.iter().enumerate();
        metrics.map(move |(i, metric)| (case, i, metric))
    })
}

fn verdicts(text: &mut String, plan: &Plan, record: &Record, flavour: Flavour) {
    let (subject, rival) = verdict::subject(flavour);
    let _ = writeln!(
        text,
        "| workload | unit | {subject} | {rival} | to {rival} | best | to the best | limit | to the limit | goal | |"
    );
    text.push_str("|---|---|---|---|---|---|---|---|---|---|---|\n");
    let (mut held, mut all) = (0, 0);
    for (case, i, metric) in rows(plan).filter(|row| comparable(row.2)) {
        let Some(verdict) = verdict::of(record, case, i, flavour) else {
            continue;
        };
        let (tokio, to_tokio) = compared(verdict.tokio.as_ref());
        let best = verdict.best.as_ref().map_or("", |best| best.name);
        let (best_figure, to_best) = compared(verdict.best.as_ref());
        let (limit, to_limit) = compared(verdict.limit.as_ref());
        let judged = match verdict.missed.as_str() {
            "" => "held".to_owned(),
            missed => format!("**not held**: {missed}"),
        };
        all += 1;
        held += usize::from(verdict.missed.is_empty());
        let _ = writeln!(
            text,
            "| {} | {} | {} | {tokio} | {to_tokio} | {best} {best_figure} | {to_best} | {limit} | {to_limit} | {} | {judged} |",
            title(case.workload, metric),
            metric.unit,
            number(verdict.figures.median()),
            verdict.goal,
        );
    }
    let _ = writeln!(text, "\n{held} of {all} rows are held.");
}

/// A figure and the ratio to it.
fn compared(compared: Option<&Compared>) -> (String, String) {
    let Some(compared) = compared else {
        return (NOTHING.to_owned(), NOTHING.to_owned());
    };
    let (low, high) = compared.ratio.range();
    (
        number(compared.figures.median()),
        format!("{:.2} ({low:.2} to {high:.2})", compared.ratio.median()),
    )
}

fn title(workload: &Workload, metric: &Metric) -> String {
    match metric.name {
        "" => format!("`{}`: {}", workload.name, workload.what),
        metric => format!("`{}` {metric}: {}", workload.name, workload.what),
    }
}

fn scaling(text: &mut String, plan: &Plan, record: &Record) {
    const WORKERS: [usize; 4] = [1, 2, 4, 8];
    let scaled = plan.workloads.iter().filter(|w| SCALED.contains(&w.name));
    text.push_str("| workload | unit | runtime | 1 | 2 | 4 | 8 |\n|---|---|---|---|---|---|---|\n");
    for &workload in scaled {
        for peer in peers::ALL {
            let figures =
                WORKERS.map(|workers| record.figures(Case { workload, workers }, peer.name, 0));
            if figures.iter().any(Option::is_none) {
                continue;
            }
            let cells =
                figures.map(|figures| figures.map_or(NOTHING.to_owned(), |f| number(f.median())));
            let _ = writeln!(
                text,
                "| `{}` | {} | {} | {} |",
                workload.name,
                workload.metrics[0].unit,
                peer.name,
                cells.join(" | ")
            );
        }
    }
}

fn every(text: &mut String, plan: &Plan, record: &Record) {
    let _ = writeln!(text, "| workload | unit | {} |", plan.peers.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "---|".repeat(plan.peers.len()));
    for (case, i, metric) in rows(plan) {
        let cells: Vec<_> = plan
            .peers
            .iter()
            .map(|peer| {
                record
                    .figures(case, peer, i)
                    .map_or(NOTHING.into(), |f| figure(&f))
            })
            .collect();
        let name = [case.workload.name, metric.name].join(" ");
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            name.trim(),
            metric.unit,
            cells.join(" | ")
        );
    }
    text.push_str("\nWho is who: ");
    let who = peers::ALL
        .iter()
        .map(|peer| format!("`{}` is {}", peer.name, peer.what));
    text.push_str(&who.collect::<Vec<_>>().join("; "));
    text.push_str(".\n");
}

/// The committed counts, which repeat to the digit.
fn instructions(text: &mut String) {
    let committed = match instructions::committed() {
        Ok(committed) => committed,
        Err(error) => return text.push_str(&format!("{error}\n")),
    };
    text.push_str(
        "Counted by callgrind, for each operation, on the caller's thread, when the baseline was set.\n\n\
         | path | Plies | tokio | to tokio | goal | |\n|---|---|---|---|---|---|\n",
    );
    for (path, counts) in committed {
        let plies = counts[0];
        let (tokio, ratio) = match counts.get(1) {
            Some(tokio) => (format!("{tokio:.0}"), format!("{:.2}", tokio / plies)),
            None => (NOTHING.to_owned(), NOTHING.to_owned()),
        };
        let (goal, judged) = match goals::instructions(&path) {
            Some(most) if plies > most => (format!("at most {most}"), "**not held**"),
            Some(most) => (format!("at most {most}"), "held"),
            None => (String::new(), ""),
        };
        let _ = writeln!(
            text,
            "| `{path}` | {plies:.0} | {tokio} | {ratio} | {goal} | {judged} |"
        );
    }
}

fn figure(figures: &Figures) -> String {
    let (low, high) = figures.range();
    match (number(low), number(high)) {
        (low, high) if low == high => number(figures.median()),
        (low, high) => format!("{} ({low} to {high})", number(figures.median())),
    }
}

/// How much the rounds of one runtime differ.
fn noise(text: &mut String, plan: &Plan, record: &Record) {
    let mut spreads: Vec<(f64, String)> = Vec::new();
    for (case, i, metric) in rows(plan).filter(|row| comparable(row.2)) {
        for peer in peers::ALL.iter().filter(|peer| peer.role != Role::Limit) {
            if let Some(figures) = record.figures(case, peer.name, i) {
                let what = format!("`{}` {} of {}", case.workload.name, metric.name, peer.name);
                spreads.push((figures.spread(), what));
            }
        }
    }
    spreads.sort_by(|a, b| a.0.total_cmp(&b.0));
    if spreads.is_empty() {
        return;
    }
    let at = |part: usize| 100.0 * spreads[(spreads.len() - 1) * part / 100].0;
    let _ = writeln!(
        text,
        "How far apart the middle half of one runtime's rounds is, as a part of their median: {:.1}% \
         in half of all figures, {:.1}% in nine of ten. Ratios closer to 1 than that say nothing. The \
         widest:\n",
        at(50),
        at(90)
    );
    for (spread, what) in spreads.iter().rev().take(5) {
        let _ = writeln!(text, "- {what}: {:.0}%", 100.0 * spread);
    }
}
