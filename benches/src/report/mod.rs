//! `benches/RESULTS.md`, and its chart.

mod chart;
mod figures;
mod versions;

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::options::Plan;
use crate::peers::{self, Flavour, Role};
use crate::record::Record;
use crate::schedule::{Case, Part};
use crate::verdict::{self, Compared, comparable, number};
use crate::workloads::{Metric, Setting};
use crate::{goals, instructions};

const NOTHING: &str = "–";

/// Writes both files.
pub fn write(plan: &Plan, record: &Record) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(folder.join("RESULTS.md"), markdown(plan, record))?;
    fs::write(folder.join("chart.svg"), chart::svg(plan, record))
}

fn markdown(plan: &Plan, record: &Record) -> String {
    let over_workers = verdicts(plan, record, Flavour::Workers);
    let here = verdicts(plan, record, Flavour::Current);
    let mut text = String::from("# Plies and its peers\n\n");
    text += &versions::said(record);
    let _ = writeln!(
        text,
        "- Rounds: {} for each verdict, {} for Plies' other schedulers and the scaling, 1 for memory",
        rounds(plan, record, Part::Judged),
        rounds(plan, record, Part::Beside)
    );
    let _ = writeln!(
        text,
        "\nWritten by `cargo run --release -p plies-benches --features peers -- --write`.\n\n\
         ![Plies' speed as a multiple of tokio's](chart.svg)\n\n\
         In each round the runtimes take turns, beginning with another each time, and every figure \
         comes from a process of its own. Ratios are taken round by round; what is shown is the \
         median and, in brackets, the lowest and the highest; above 1, Plies is ahead. `best` is the \
         hardest peer that does the same work over as many threads, `limit` what remains without a \
         runtime. Where no goal was set, it is not to be behind tokio (1x); and nowhere to be behind \
         the best, unless the goal says otherwise, but for memory, where some executors keep no \
         table of their tasks."
    );
    let _ = writeln!(text, "\n## Over {} workers\n\n{over_workers}", plan.workers);
    let _ = writeln!(text, "## On the caller's thread\n\n{here}");
    let _ = writeln!(text, "## Instructions\n\n{}", instructions());
    let _ = writeln!(text, "## Scaling\n\n{}", figures::scaling(plan, record));
    let _ = writeln!(text, "## Every figure\n\n{}", figures::every(plan, record));
    let _ = writeln!(text, "## Noise\n\n{}", figures::noise(plan, record));
    if !record.failures().is_empty() {
        let _ = writeln!(text, "## What failed\n\n{}", failures(record));
    }
    let _ = write!(text, "## Who and what\n\n{}", legend(plan));
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

/// The name of a row.
fn title(case: Case, metric: &Metric) -> String {
    let name = [case.workload.name, metric.name].join(" ");
    format!("`{}`", name.trim())
}

/// Over how many rounds the medians of a part are: the fewest and the most.
fn rounds(plan: &Plan, record: &Record, part: Part) -> String {
    let cases = plan.cases(part).into_iter();
    let counts = cases
        .filter(|case| case.workload.setting != Setting::Once)
        .flat_map(|case| {
            let peers = plan.peers_of(part, case, 0).into_iter();
            peers.filter_map(move |peer| Some(record.figures(case, peer, 0)?.rounds()))
        });
    let (fewest, most) = counts.fold((usize::MAX, 0), |(fewest, most), count| {
        (count.min(fewest), count.max(most))
    });
    match most {
        0 => "none".to_owned(),
        _ if fewest == most => most.to_string(),
        _ => format!("{fewest} to {most}"),
    }
}

/// Plies in one flavour held against the others, and how many of the goals are held.
fn verdicts(plan: &Plan, record: &Record, flavour: Flavour) -> String {
    let (subject, rival) = verdict::subject(flavour);
    let mut text = format!(
        "| workload | {subject} | {rival} | ratio | best | ratio | limit | ratio | goal | |\n\
         |---|--:|--:|---|--:|---|--:|---|---|---|\n"
    );
    let (mut held, mut all) = (0, 0);
    for (case, i, metric) in rows(plan).filter(|row| comparable(row.2)) {
        let Some(verdict) = verdict::of(record, case, i, flavour) else {
            continue;
        };
        let (tokio, to_tokio) = compared(verdict.tokio.as_ref(), metric);
        let best = verdict.best.as_ref().map_or("", |best| best.name);
        let (best_figure, to_best) = compared(verdict.best.as_ref(), metric);
        let (limit, to_limit) = compared(verdict.limit.as_ref(), metric);
        let judged = match verdict.missed.as_str() {
            "" => "held".to_owned(),
            missed => format!("**not held**: {missed}"),
        };
        all += 1;
        held += usize::from(verdict.missed.is_empty());
        let _ = writeln!(
            text,
            "| {} | {} | {tokio} | {to_tokio} | {best} {best_figure} | {to_best} | {limit} | {to_limit} | {} | {judged} |",
            title(case, metric),
            with_unit(verdict.figures.median(), metric),
            verdict.goal,
        );
    }
    let _ = writeln!(text, "\n{held} of {all} rows are held.");
    text
}

/// A figure and the ratio to it.
fn compared(compared: Option<&Compared>, metric: &Metric) -> (String, String) {
    let Some(compared) = compared else {
        return (NOTHING.to_owned(), NOTHING.to_owned());
    };
    let ratio = &compared.ratio;
    let range = match (ratio.range(), ratio.rounds()) {
        (_, 1) => String::new(),
        ((low, high), _) => format!(" ({low:.2} to {high:.2})"),
    };
    (
        with_unit(compared.figures.median(), metric),
        format!("{:.2}{range}", ratio.median()),
    )
}

/// A figure in a unit that leaves few digits.
fn with_unit(figure: f64, metric: &Metric) -> String {
    let (figure, unit) = match metric.unit {
        "ns" if figure >= 10_000.0 => (figure / 1e3, "µs"),
        "µs" if figure >= 10_000.0 => (figure / 1e3, "ms"),
        unit => (figure, unit),
    };
    // A space that does not break.
    format!("{}\u{a0}{unit}", number(figure))
}

/// The committed counts, which repeat to the digit.
fn instructions() -> String {
    let committed = match instructions::committed() {
        Ok(committed) => committed,
        Err(error) => return format!("{error}\n"),
    };
    let mut text = String::from(
        "Counted by callgrind, for each operation, on the caller's thread, when the baseline was set.\n\n\
         | path | Plies | tokio | ratio | goal | |\n|---|--:|--:|--:|---|---|\n",
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
    text
}

fn failures(record: &Record) -> String {
    let mut text = String::from("These measurements yielded nothing and are missing above.\n\n");
    for failure in record.failures() {
        let _ = writeln!(text, "- {failure}");
    }
    text
}

/// What the names stand for.
fn legend(plan: &Plan) -> String {
    let mut text = String::from("| runtime | |\n|---|---|\n");
    for peer in peers::ALL {
        let limit = match peer.role {
            Role::Limit => "limit: ",
            _ => "",
        };
        let _ = writeln!(text, "| `{}` | {limit}{} |", peer.name, peer.what);
    }
    text.push_str("\n| workload | |\n|---|---|\n");
    for workload in &plan.workloads {
        let _ = writeln!(text, "| `{}` | {} |", workload.name, workload.what);
    }
    text
}
