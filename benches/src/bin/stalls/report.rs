//! The table of the cases, the goals beside it.

use crate::process::{Plan, median};
use crate::rows::{self, Row};

const PEERS: [&str; 3] = ["plies", "tokio", "smol"];

/// Measures and prints every row; false if one is beyond its goal.
pub fn compare(plan: &Plan) -> Result<bool, String> {
    println!(
        "{:<70} {:>9} {:>17} {:>17} {:>17}",
        "milliseconds: median over the rounds (worst)", "goal", "plies", "tokio", "smol"
    );
    let mut held = true;
    for row in rows::ALL.iter().filter(|row| plan.wants(row.name)) {
        let figures = plan.measure(row.name, &PEERS)?;
        let holds = figures[0].iter().all(|figure| *figure <= row.goal);
        held &= holds || plan.quick;
        print_row(row, &figures, holds);
    }
    Ok(held)
}

fn print_row(row: &Row, figures: &[Vec<f64>], holds: bool) {
    print!("{:<70} {:>9}", row.what, format!("<= {}", row.goal));
    for figures in figures {
        let cell = match figures.last() {
            Some(worst) => format!("{:.1} ({worst:.1})", median(figures)),
            None => "-".to_owned(),
        };
        print!(" {cell:>17}");
    }
    println!("{}", if holds { "" } else { "  beyond the goal" });
}
