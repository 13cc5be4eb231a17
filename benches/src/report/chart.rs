//! Bars of Plies' ratios to tokio, one a workload, for the README.

use std::fmt::Write as _;

use crate::options::Plan;
use crate::peers::Flavour;
use crate::record::Record;
use crate::verdict;

const LINE: usize = 20;
const LEFT: f64 = 170.0;
/// Pixels of a ratio of 1.
const UNIT: f64 = 80.0;
const WIDTH: f64 = 760.0;
/// The longest bar; what is beyond is cut, and its number says how far it would go.
const LONGEST: f64 = WIDTH - LEFT - 60.0;

/// Colours for a light ground, and for a dark one where the reader's system asks for that.
const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #3b434b }
.head { font-weight: 600 }
.one { stroke: #8a939c; stroke-dasharray: 3 }
.ahead { fill: #2a8f6b } .behind { fill: #c8553d }
@media (prefers-color-scheme: dark) {
text { fill: #c9d1d9 } .ahead { fill: #3fb68b } .behind { fill: #e5765e } }";

/// The chart as an SVG document.
pub fn svg(plan: &Plan, record: &Record) -> String {
    let mut body = String::new();
    let mut y = 0;
    for (flavour, head) in [
        (Flavour::Workers, "over workers, tokio multi-thread = 1"),
        (
            Flavour::Current,
            "on the caller's thread, tokio current-thread = 1",
        ),
    ] {
        let bars = bars(plan, record, flavour);
        if bars.is_empty() {
            continue;
        }
        y += LINE + 6;
        let _ = writeln!(
            body,
            "<text class=\"head\" x=\"{LEFT}\" y=\"{}\">Plies {head}</text>",
            y - 6
        );
        let top = y;
        for (name, ratio) in bars {
            bar(&mut body, y, name, ratio);
            y += LINE;
        }
        let x = LEFT + UNIT;
        let _ = writeln!(
            body,
            "<line class=\"one\" x1=\"{x}\" x2=\"{x}\" y1=\"{top}\" y2=\"{y}\"/>"
        );
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" \
         aria-label=\"Plies' speed as a multiple of tokio's\">\n<style>\n{STYLE}\n</style>\n{body}</svg>\n",
        y + 8
    )
}

/// Each workload's first figure, held against tokio's.
fn bars(plan: &Plan, record: &Record, flavour: Flavour) -> Vec<(&'static str, f64)> {
    let ratio = |workload| {
        let verdict = verdict::of(record, plan.case(workload), 0, flavour)?;
        Some((workload.name, verdict.tokio?.ratio.median()))
    };
    plan.workloads
        .iter()
        .filter_map(|workload| ratio(workload))
        .collect()
}

fn bar(body: &mut String, y: usize, name: &str, ratio: f64) {
    let width = (ratio * UNIT).min(LONGEST);
    let class = if ratio >= 1.0 { "ahead" } else { "behind" };
    let _ = writeln!(
        body,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\
         <rect class=\"{class}\" x=\"{LEFT}\" y=\"{}\" width=\"{width:.0}\" height=\"14\" rx=\"2\"/>\
         <text x=\"{:.0}\" y=\"{}\">{ratio:.2}x</text>",
        LEFT - 8.0,
        y + 14,
        y + 3,
        LEFT + width + 6.0,
        y + 14,
    );
}
