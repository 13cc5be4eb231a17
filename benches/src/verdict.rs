//! Plies held against tokio, the best peer, the limit and its goals.

use std::fmt::Write as _;

use crate::goals;
use crate::options::Plan;
use crate::peers::{self, Flavour, Role};
use crate::record::{Figures, Record};
use crate::schedule::{Case, Part};
use crate::workloads::{Metric, Setting};

/// One figure of Plies and what it is compared with.
pub struct Verdict {
    pub figures: Figures,
    pub tokio: Option<Compared>,
    pub best: Option<Compared>,
    pub limit: Option<Compared>,
    pub goal: String,
    /// What is missed, in words; empty if all is held.
    pub missed: String,
}

/// Another runtime's figure, and how many times as good Plies is.
pub struct Compared {
    pub name: &'static str,
    pub figures: Figures,
    pub ratio: Figures,
}

/// What rounds to a goal reaches it.
pub const ROUNDING: f64 = 0.005;

/// Who is the subject and the first rival of a flavour.
pub fn subject(flavour: Flavour) -> (&'static str, &'static str) {
    match flavour {
        Flavour::Workers => ("plies", "tokio"),
        Flavour::Current => ("plies-ct", "tokio-ct"),
    }
}

/// The verdict on one figure; `None` if Plies was not measured there.
pub fn of(record: &Record, case: Case, metric: usize, flavour: Flavour) -> Option<Verdict> {
    let (subject, rival) = subject(flavour);
    let figures = record.figures(case, subject, metric)?;
    let Metric { name, better, .. } = case.workload.metrics[metric];
    let compared = |name: &'static str| {
        let other = record.figures(case, name, metric)?;
        let ratio = figures.ratio(&other, better)?;
        Some(Compared {
            name,
            figures: other,
            ratio,
        })
    };
    let hardest = |whom: &dyn Fn(Role) -> bool| {
        peers::ALL
            .iter()
            .filter(|peer| whom(peer.role))
            .filter_map(|peer| compared(peer.name))
            .min_by(|a, b| a.ratio.median().total_cmp(&b.ratio.median()))
    };
    let mut verdict = Verdict {
        tokio: compared(rival),
        best: hardest(&|role| competes(role, case, flavour)),
        limit: hardest(&|role| role == Role::Limit),
        figures,
        goal: String::new(),
        missed: String::new(),
    };
    verdict.judge(&goals::asked(case.workload.name, name, flavour));
    Some(verdict)
}

/// Whether a runtime of this role does the same work: tasks over as many threads.
fn competes(role: Role, case: Case, flavour: Flavour) -> bool {
    let one_core = case.workload.setting == Setting::OneCore;
    match role {
        Role::Peer(other) => other == flavour,
        // On one core they are on one thread, elsewhere on as many as there are workers.
        Role::Cores => one_core == (flavour == Flavour::Current),
        _ => false,
    }
}

impl Verdict {
    fn judge(&mut self, asked: &goals::Asked) {
        self.goal = format!("{}x", asked.tokio);
        if let Some(best) = asked.best.filter(|&best| best != 1.0) {
            let _ = write!(self.goal, ", {best}x the best");
        }
        let mut missed = Vec::new();
        for (compared, floor) in [(&self.tokio, Some(asked.tokio)), (&self.best, asked.best)] {
            let (Some(compared), Some(floor)) = (compared, floor) else {
                continue;
            };
            let ratio = compared.ratio.median();
            if ratio < floor - ROUNDING {
                missed.push(format!("{ratio:.2} of {}", compared.name));
            }
        }
        if let Some(most) = asked.at_most {
            let _ = write!(self.goal, ", at most {most}");
            // Whole bytes: fractions are the allocator's own, spread over all tasks.
            if self.figures.median().round() > most {
                missed.push(format!("{:.0}", self.figures.median()));
            }
        }
        missed.dedup();
        self.missed = missed.join("; ");
    }
}

/// A case as it is shown while the comparison runs.
pub fn line(plan: &Plan, record: &Record, part: Part, case: Case) -> String {
    let mut line = format!("{} @{}:", case.workload.name, case.workers);
    for (i, metric) in case.workload.metrics.iter().enumerate() {
        if !comparable(metric) {
            continue;
        }
        let _ = write!(line, " {} [{}]", metric.name, metric.unit);
        for peer in plan.peers_of(part, case, 0) {
            if let Some(figures) = record.figures(case, peer, i) {
                let _ = write!(line, "  {peer} {}", number(figures.median()));
            }
        }
        let verdict = of(record, case, i, Flavour::Workers);
        let ratio = verdict.and_then(|verdict| Some(verdict.tokio?.ratio.median()));
        if let Some(ratio) = ratio.filter(|_| plan.takes_part(part, case, "plies")) {
            let _ = write!(line, "  = {ratio:.2}x tokio;");
        }
    }
    line
}

/// A figure with the digits that mean something.
pub fn number(figure: f64) -> String {
    match figure {
        f if f >= 100_000.0 => format!("{:.0}k", f / 1000.0),
        f if f >= 10_000.0 => format!("{:.1}k", f / 1000.0),
        f if f >= 100.0 => format!("{f:.0}"),
        f => format!("{f:.1}"),
    }
}

/// Whether a figure is one to compare; a count only says how much was done.
pub fn comparable(metric: &Metric) -> bool {
    !metric.unit.is_empty()
}
