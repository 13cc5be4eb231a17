//! Bars of Plies' ratios to tokio, one a workload, for the README: over workers on the left, on the
//! caller's thread on the right.

use std::fmt::Write as _;

use crate::goals;
use crate::options::Plan;
use crate::peers::Flavour;
use crate::record::Record;
use crate::verdict::{self, Verdict};
use crate::workloads::Workload;

const WIDTH: f64 = 880.0;
const PANEL: f64 = WIDTH / 2.0;
/// Where the bars of a panel begin, and the most that they may be long.
const LEFT: f64 = 152.0;
const LONGEST: f64 = PANEL - LEFT - 64.0;
/// Where the numbers of a panel end.
const NUMBERS: f64 = PANEL - 10.0;
const HEAD: f64 = 62.0;
const ROW: f64 = 19.0;
const BAR: f64 = 11.0;
const FOOT: f64 = 44.0;
/// Ratios beyond are drawn as long as this one; the number beside says how far they go.
const MOST: f64 = 6.0;

/// Colours for a light ground, and for a dark one where the reader's system asks for that.
const STYLE: &str = "\
text { font: 12px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #3a424a }
.name, .ratio { text-anchor: end } .ratio { font-variant-numeric: tabular-nums } .head { font-weight: 600; font-size: 14px } .faint { fill: #6b747d }
.axis { text-anchor: middle; font-size: 11px; fill: #6b747d }
.grid { stroke: #d5dae0 } .one { stroke: #59626b; stroke-width: 1.5; stroke-dasharray: 4 2 }
.ahead { fill: #2a8c82 } .behind { fill: #d1703c }
.goal { stroke: #1f262d; stroke-width: 2 } .best { fill: #fff; stroke: #1f262d; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #d3d9df } .faint, .axis { fill: #98a2ac }
.grid { stroke: #353c44 } .one { stroke: #98a2ac }
.ahead { fill: #2f9e92 } .behind { fill: #d9793f }
.goal { stroke: #f3f5f7 } .best { fill: #14181d; stroke: #f3f5f7 } }";

/// A row of the chart: ratios to tokio.
struct Row {
    name: String,
    plies: f64,
    /// The best peer's, where that is not tokio itself.
    best: Option<f64>,
    goal: Option<f64>,
}

/// The chart as an SVG document.
pub fn svg(plan: &Plan, record: &Record) -> String {
    let panels = [
        (format!("over {} workers", plan.workers), Flavour::Workers),
        ("on the caller's thread".to_owned(), Flavour::Current),
    ];
    let panels = panels.map(|(head, flavour)| (head, rows(plan, record, flavour)));
    let most = panels.iter().map(|panel| panel.1.len()).max().unwrap_or(0);
    let scale = Scale::for_rows(panels.iter().flat_map(|panel| &panel.1));
    let mut body = String::new();
    for (i, (head, rows)) in panels.iter().enumerate() {
        let _ = writeln!(body, "<g transform=\"translate({} 0)\">", i as f64 * PANEL);
        panel(&mut body, head, rows, scale);
        body.push_str("</g>\n");
    }
    let height = HEAD + most as f64 * ROW + FOOT;
    legend(&mut body, height - 14.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>Plies' speed as a multiple of tokio's, by workload</title>\n\
         <style>\n{STYLE}\n</style>\n{body}</svg>\n"
    )
}

/// Each workload's first figure, held against tokio's.
fn rows(plan: &Plan, record: &Record, flavour: Flavour) -> Vec<Row> {
    let row = |&workload: &&'static Workload| row(plan, record, workload, flavour);
    plan.workloads.iter().filter_map(row).collect()
}

fn row(plan: &Plan, record: &Record, workload: &'static Workload, flavour: Flavour) -> Option<Row> {
    let verdict = verdict::of(record, plan.case(workload), 0, flavour)?;
    let Verdict { tokio, best, .. } = verdict;
    let plies = tokio?.ratio.median();
    let best = best.filter(|best| best.name != verdict::subject(flavour).1);
    let goal = goals::asked(workload.name, workload.metrics[0].name, flavour).tokio;
    Some(Row {
        name: workload.name.replace('_', " "),
        plies,
        best: best.map(|best| plies / best.ratio.median()),
        goal: (goal != 1.0).then_some(goal),
    })
}

/// Pixels of a ratio.
#[derive(Clone, Copy)]
struct Scale {
    most: f64,
}

impl Scale {
    fn for_rows<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let ratios = rows.flat_map(|row| [Some(row.plies), row.best, row.goal]);
        let most = ratios.flatten().fold(2.0, f64::max);
        Self {
            most: most.min(MOST),
        }
    }

    /// Where a ratio is, from the panel's left; the longest, if it goes beyond.
    fn x(self, ratio: f64) -> f64 {
        LEFT + LONGEST * ratio.min(self.most) / self.most
    }
}

fn panel(body: &mut String, head: &str, rows: &[Row], scale: Scale) {
    let _ = writeln!(
        body,
        "<text class=\"head\" x=\"{LEFT}\" y=\"20\">Plies {head}</text>"
    );
    let bottom = HEAD + rows.len() as f64 * ROW;
    for ratio in 2..=scale.most as u32 {
        line(
            body,
            "grid",
            scale.x(f64::from(ratio)),
            bottom,
            &format!("{ratio}x"),
        );
    }
    for (i, row) in rows.iter().enumerate() {
        bar(body, HEAD + i as f64 * ROW, row, scale);
    }
    // Over the bars, so that it shows what does not reach it and what goes beyond.
    line(body, "one", scale.x(1.0), bottom, "tokio");
    for (i, row) in rows.iter().enumerate() {
        marks(body, HEAD + (i as f64 + 0.5) * ROW, row, scale);
    }
}

/// A line through all rows, with a label above.
fn line(body: &mut String, class: &str, x: f64, bottom: f64, label: &str) {
    let (top, above) = (HEAD - 4.0, HEAD - 12.0);
    let _ = writeln!(
        body,
        "<text class=\"axis\" x=\"{x:.1}\" y=\"{above}\">{label}</text>\
         <line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{bottom}\"/>"
    );
}

/// A name, its bar and its number.
fn bar(body: &mut String, top: f64, row: &Row, scale: Scale) {
    let Row { name, plies, .. } = row;
    let text = top + 13.5;
    let digits = if *plies < 10.0 { 2 } else { 1 };
    let _ = writeln!(
        body,
        "<text class=\"name\" x=\"{}\" y=\"{text}\">{name}</text>\
         <text class=\"ratio\" x=\"{NUMBERS}\" y=\"{text}\">{plies:.digits$}x</text>",
        LEFT - 8.0,
    );
    let class = if *plies >= 1.0 - verdict::ROUNDING {
        "ahead"
    } else {
        "behind"
    };
    let mut piece = |from: f64, to: f64| {
        let (y, width) = (top + (ROW - BAR) / 2.0, to - from);
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>"
        );
    };
    let end = scale.x(*plies);
    if *plies > scale.most {
        // Broken, for it would go on.
        piece(LEFT, end - 8.0);
        piece(end - 5.0, end);
    } else {
        piece(LEFT, end);
    }
}

fn marks(body: &mut String, middle: f64, row: &Row, scale: Scale) {
    if let Some(goal) = row.goal {
        goal_mark(body, scale.x(goal), middle);
    }
    if let Some(best) = row.best {
        best_mark(body, scale.x(best), middle);
    }
}

fn goal_mark(body: &mut String, x: f64, middle: f64) {
    let (top, bottom) = (middle - 8.0, middle + 8.0);
    let _ = writeln!(
        body,
        "<line class=\"goal\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{bottom}\"/>"
    );
}

fn best_mark(body: &mut String, x: f64, middle: f64) {
    let _ = writeln!(
        body,
        "<circle class=\"best\" cx=\"{x:.1}\" cy=\"{middle}\" r=\"3.5\"/>"
    );
}

/// What the marks mean, in a line whose text stands at `y`.
fn legend(body: &mut String, y: f64) {
    let middle = y - 4.0;
    let words = [
        (LEFT, 18.0, "ahead of tokio"),
        (LEFT + 130.0, 18.0, "behind it"),
        (LEFT + 232.0, 10.0, "the goal"),
        (LEFT + 318.0, 12.0, "the best peer that does the same work"),
    ];
    for (i, class) in ["ahead", "behind"].into_iter().enumerate() {
        let (x, y) = (words[i].0, middle - BAR / 2.0);
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"12\" height=\"{BAR}\" rx=\"2\"/>"
        );
    }
    goal_mark(body, words[2].0 + 2.0, middle);
    best_mark(body, words[3].0 + 3.0, middle);
    for (x, gap, text) in words {
        let _ = writeln!(
            body,
            "<text class=\"faint\" x=\"{}\" y=\"{y}\">{text}</text>",
            x + gap
        );
    }
}
