//! A run as a plot: time to the right, and upwards how long the slowest request took that was under
//! way then, from 0.1 ms to a second in even steps of the logarithm.

use std::time::Duration;

use crate::paint::Paint;
use crate::recording::{Held, Recording, Span};

const COLUMNS: u32 = 75;
/// Two lines for each power of ten.
const LINES: usize = 8;
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub fn panel(paint: &Paint, name: &str, run: &Recording) {
    println!(
        "{}",
        paint.bold(&format!("{name}: the slowest request under way"))
    );
    let heights: Vec<_> = columns(run)
        .map(|column| height(slowest(run, column)))
        .collect();
    for line in (0..LINES).rev() {
        let label = match line {
            7 => "1 s",
            5 => "100 ms",
            3 => "10 ms",
            1 => "1 ms",
            _ => "",
        };
        let bars: String = heights.iter().map(|height| cell(*height, line)).collect();
        let bars = match line {
            0..4 => paint.good(&bars),
            4 => paint.fair(&bars),
            _ => paint.bad(&bars),
        };
        let axis = if label.is_empty() { '│' } else { '┤' };
        println!("{label:>8} {axis}{bars}");
    }
    let held: String = columns(run).map(|column| mark(run, column)).collect();
    println!("{:>8} └{}", "", "─".repeat(COLUMNS as usize));
    println!("{:>8}  {}", "workers", paint.fair(&held));
    println!(
        "{}\n",
        paint.dim(&format!(
            "{:>8}  ▒ both blocked, ▓ both computing; {} from left to right",
            "",
            time(run.length)
        ))
    );
}

/// The pieces of time that the columns stand for.
fn columns(run: &Recording) -> impl Iterator<Item = Span> {
    let width = run.length / COLUMNS;
    (0..COLUMNS).map(move |column| Span {
        start: width * column,
        end: width * (column + 1),
    })
}

fn slowest(run: &Recording, column: Span) -> Duration {
    let meeting = run.requests.iter().filter(|span| span.meets(column));
    meeting.map(|span| span.length()).max().unwrap_or_default()
}

/// In eighths of a line.
fn height(time: Duration) -> usize {
    let decades = (time.as_secs_f64() / 1e-4).max(1.0).log10();
    let eighths = (decades * 2.0 * 8.0).round() as usize;
    eighths.clamp(1, LINES * 8)
}

fn cell(height: usize, line: usize) -> char {
    EIGHTHS[height.saturating_sub(line * 8).min(8)]
}

fn mark(run: &Recording, column: Span) -> char {
    let held = run.blocked.iter().find(|(span, _)| span.meets(column));
    match held {
        Some((_, Held::Blocked)) => '▒',
        Some((_, Held::Computing)) => '▓',
        None => '·',
    }
}

/// A time with the digits that mean something.
pub fn time(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1e3;
    match millis {
        ms if ms >= 1000.0 => format!("{:.1} s", ms / 1e3),
        ms if ms >= 10.0 => format!("{ms:.0} ms"),
        ms => format!("{ms:.2} ms"),
    }
}
