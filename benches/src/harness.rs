//! Rounds of child processes, and the figures that come back.

use std::process::Command;

use crate::options::Plan;
use crate::workloads::{Better, Workload};

/// The figures of one workload, by runtime.
pub struct Row {
    pub workload: &'static Workload,
    /// In the order of the plan's peers; `None` where a peer has no such workload.
    pub cells: Vec<Option<Figures>>,
}

/// One runtime's figures over the rounds, sorted.
pub struct Figures(Vec<f64>);

impl Figures {
    fn new(mut figures: Vec<f64>) -> Option<Self> {
        figures.sort_by(f64::total_cmp);
        (!figures.is_empty()).then_some(Self(figures))
    }

    pub fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    pub fn min(&self) -> f64 {
        self.0[0]
    }

    pub fn max(&self) -> f64 {
        self.0[self.0.len() - 1]
    }
}

impl Row {
    /// How many times better the first is than the second: above 1 is ahead.
    pub fn ratio(&self, a: usize, b: usize) -> Option<f64> {
        let (a, b) = (
            self.cells[a].as_ref()?.median(),
            self.cells[b].as_ref()?.median(),
        );
        Some(match self.workload.better {
            Better::Lower => b / a,
            Better::Higher => a / b,
        })
    }
}

/// Runs the plan: workload by workload, round by round, the peers in turn.
pub fn run(plan: &Plan) -> Result<Vec<Row>, String> {
    plan.workloads
        .iter()
        .map(|workload| row(plan, workload))
        .collect()
}

fn row(plan: &Plan, workload: &'static Workload) -> Result<Row, String> {
    let mut figures = vec![Vec::new(); plan.peers.len()];
    for _ in 0..plan.rounds {
        for (peer, figures) in plan.peers.iter().zip(&mut figures) {
            figures.extend(measure(plan, peer, workload)?);
        }
    }
    let row = Row {
        workload,
        cells: figures.into_iter().map(Figures::new).collect(),
    };
    eprintln!("{}", crate::report::line(plan, &row));
    Ok(row)
}

/// One figure from a process of its own; `None` if this peer does not do this workload.
fn measure(plan: &Plan, peer: &str, workload: &Workload) -> Result<Option<f64>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let scale = (workload.scale / plan.shrink).max(1);
    let output = Command::new(program)
        .args([
            "--child",
            peer,
            workload.name,
            &plan.workers.to_string(),
            &scale.to_string(),
        ])
        .output()
        .map_err(|error| format!("cannot start a measuring process: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let said = || {
        format!(
            "{peer}, {}: {text}{}",
            workload.name,
            stderr(&output.stderr)
        )
    };
    if !output.status.success() {
        return Err(said());
    }
    match text.trim() {
        "none" => Ok(None),
        figure => figure.parse().map(Some).map_err(|_| said()),
    }
}

fn stderr(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
