//! Figures by workload and peer, and their medians.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Default)]
pub struct Table(BTreeMap<&'static str, BTreeMap<&'static str, Vec<f64>>>);

impl Table {
    pub fn add(&mut self, workload: &'static str, peer: &'static str, figure: f64) {
        self.0
            .entry(workload)
            .or_default()
            .entry(peer)
            .or_default()
            .push(figure);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (workload, peers) in &self.0 {
            writeln!(f, "{workload}")?;
            for (peer, figures) in peers {
                let mut sorted = figures.clone();
                sorted.sort_by(f64::total_cmp);
                let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
                let median = sorted[sorted.len() / 2];
                writeln!(f, "    {peer:<22} {median:>12.1}   ({low:.1} to {high:.1})")?;
            }
        }
        Ok(())
    }
}
