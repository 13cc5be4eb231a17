//! What is measured on whom, and in which order: so that a run whose time is short has the most
//! rounds where they matter most.

use crate::options::Plan;
use crate::peers::{self, Flavour, Named, Role};
use crate::workloads::{SCALED, Setting, Workload};

/// How many workers the scaling is measured over.
pub const WORKERS: [usize; 4] = [1, 2, 4, 8];

/// A workload over a number of workers.
#[derive(Clone, Copy)]
pub struct Case {
    pub workload: &'static Workload,
    pub workers: usize,
}

/// A part of the comparison.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Plies, its peers and the limits: what the verdicts are made of.
    Judged,
    /// Plies' other schedulers, and other numbers of workers.
    Beside,
}

/// Rounds of one part, up to a number; what was measured before is not measured again.
#[derive(Clone, Copy)]
pub struct Pass {
    pub part: Part,
    pub rounds: usize,
}

/// The fewest rounds that a verdict should rest on, and those that what stands beside it should.
const JUDGED: usize = 5;
const BESIDE: usize = 3;

impl Plan {
    /// Everything once, then enough for the verdicts, then for the rest, then all that was asked for.
    pub fn passes(&self) -> Vec<Pass> {
        let (judged, beside) = (JUDGED.min(self.rounds), BESIDE.min(self.rounds));
        [
            (Part::Judged, 1),
            (Part::Beside, 1),
            (Part::Judged, judged),
            (Part::Beside, beside),
            (Part::Judged, self.rounds),
            (Part::Beside, self.rounds),
        ]
        .map(|(part, rounds)| Pass { part, rounds })
        .to_vec()
    }

    /// What one round of a part measures.
    pub fn cases(&self, part: Part) -> Vec<Case> {
        let mut cases: Vec<_> = self.workloads.iter().map(|w| self.case(w)).collect();
        if part == Part::Beside && !self.chosen {
            for workload in self.workloads.iter().filter(|w| SCALED.contains(&w.name)) {
                let others = WORKERS.into_iter().filter(|&n| n != self.workers);
                cases.extend(others.map(|workers| Case { workload, workers }));
            }
        }
        cases
    }

    /// The case of the main tables.
    pub fn case(&self, workload: &'static Workload) -> Case {
        let workers = match workload.setting {
            Setting::OneCore => 1,
            _ => self.workers,
        };
        Case { workload, workers }
    }

    /// Who takes turns in `case`, in the order of `round`: each begins with another runtime, so that
    /// none always follows the same one.
    pub fn peers_of(&self, part: Part, case: Case, round: usize) -> Vec<&'static str> {
        let peers = self.peers.iter().copied();
        let mut peers: Vec<_> = peers
            .filter(|name| self.takes_part(part, case, name))
            .collect();
        let first = round % peers.len().max(1);
        peers.rotate_left(first);
        peers
    }

    pub fn takes_part(&self, part: Part, case: Case, peer: &str) -> bool {
        let main = case.workers == self.case(case.workload).workers;
        let role = peers::ALL.iter().find(|named| named.name == peer);
        role.is_some_and(|Named { role, .. }| match (part, main) {
            (Part::Judged, _) => *role != Role::Variant,
            (Part::Beside, true) => *role == Role::Variant,
            (Part::Beside, false) => matches!(
                role,
                Role::Subject(Flavour::Workers) | Role::Peer(Flavour::Workers)
            ),
        })
    }
}
