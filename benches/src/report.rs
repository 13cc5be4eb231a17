//! The table on the terminal, and the one in `benches/RESULTS.md` with its chart.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{fs, io};

use crate::harness::{Figures, Row};
use crate::options::Plan;
use crate::workloads::Workload;

/// One row as it is shown while the comparison runs.
pub fn line(plan: &Plan, row: &Row) -> String {
    let mut line = format!("{:<20}", row.workload.name);
    for (peer, figures) in plan.peers.iter().zip(&row.cells) {
        if let Some(figures) = figures {
            let _ = write!(line, "  {peer} {}", number(figures.median()));
        }
    }
    let _ = write!(line, " {}", row.workload.unit);
    if let Some(ratio) = to_tokio(plan, row) {
        let _ = write!(line, "  = {ratio:.2}x tokio");
    }
    line
}

/// The ratio of the first peer, which is Plies in a full run, to tokio.
fn to_tokio(plan: &Plan, row: &Row) -> Option<f64> {
    let tokio = plan.peers.iter().position(|&peer| peer == "tokio")?;
    row.ratio(0, tokio)
}

/// Writes what the plan asks to be written.
pub fn publish(plan: &Plan, rows: &[Row]) -> ExitCode {
    if !plan.write {
        return ExitCode::SUCCESS;
    }
    match write(plan, rows) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: cannot write the results: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(plan: &Plan, rows: &[Row]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(folder.join("RESULTS.md"), markdown(plan, rows))?;
    fs::write(folder.join("chart.svg"), chart(plan, rows))
}

fn markdown(plan: &Plan, rows: &[Row]) -> String {
    let mut text = format!(
        "# Plies and its peers\n\n\
         {}, {} cores; {}; {}. {} workers, medians of {} rounds, the runtimes in turn, each \
         figure from a process of its own; in brackets the lowest and the highest.\n\n\
         Regenerate with `cargo run --release -p plies-benches -- --write`.\n\n![ratios](chart.svg)\n\n",
        processor(),
        std::thread::available_parallelism().map_or(1, |n| n.get()),
        first_line("rustc", "--version"),
        first_line("date", "+%Y-%m-%d"),
        plan.workers,
        plan.rounds,
    );
    let _ = writeln!(
        text,
        "| workload | unit | {} | to tokio |",
        plan.peers.join(" | ")
    );
    let _ = writeln!(text, "|---|---|{}---|", "---|".repeat(plan.peers.len()));
    for row in rows {
        let cells: Vec<_> = row
            .cells
            .iter()
            .map(|cell| cell.as_ref().map_or("–".into(), figure))
            .collect();
        let ratio = to_tokio(plan, row).map_or("–".into(), |ratio| format!("**{ratio:.2}x**"));
        let Workload {
            name, what, unit, ..
        } = row.workload;
        let _ = writeln!(
            text,
            "| {name}: {what} | {unit} | {} | {ratio} |",
            cells.join(" | ")
        );
    }
    text
}

fn figure(figures: &Figures) -> String {
    let [median, min, max] = [figures.median(), figures.min(), figures.max()].map(number);
    format!("{median} ({min} to {max})")
}

/// A figure with the digits that mean something.
fn number(figure: f64) -> String {
    match figure {
        f if f >= 10_000.0 => format!("{:.0}k", f / 1000.0),
        f if f >= 100.0 => format!("{f:.0}"),
        f => format!("{f:.1}"),
    }
}

/// Bars of the ratio to tokio, one a workload; `currentColor` and a mid-tone read on any ground.
fn chart(plan: &Plan, rows: &[Row]) -> String {
    const LINE: usize = 22;
    const UNIT: f64 = 90.0;
    let ratios: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row.workload.name, to_tokio(plan, row)?)))
        .collect();
    let height = LINE * (ratios.len() + 1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 {height}\" \
         font-family=\"sans-serif\" font-size=\"12\" fill=\"#808890\">\n\
         <line x1=\"{0}\" x2=\"{0}\" y1=\"0\" y2=\"{height}\" stroke=\"#808890\" stroke-dasharray=\"3\"/>\n\
         <text x=\"{1}\" y=\"14\">tokio = 1</text>\n",
        170.0 + UNIT,
        174.0 + UNIT,
    );
    for (i, (name, ratio)) in ratios.iter().enumerate() {
        let y = LINE * (i + 1);
        let width = (ratio * UNIT).min(480.0);
        let colour = if *ratio >= 1.0 { "#2f9e77" } else { "#d0673f" };
        let _ = writeln!(
            svg,
            "<text x=\"160\" y=\"{}\" text-anchor=\"end\">{name}</text>\
             <rect x=\"170\" y=\"{y}\" width=\"{width:.0}\" height=\"16\" fill=\"{colour}\"/>\
             <text x=\"{:.0}\" y=\"{}\">{ratio:.2}x</text>",
            y + 13,
            176.0 + width,
            y + 13,
        );
    }
    svg + "</svg>\n"
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
