//! What Plies is to reach, beyond what holds for every row: not to be behind tokio, nor behind the
//! best peer that does the same work.

use crate::peers::Flavour::{self, Current, Workers};

/// A bound on one figure.
pub enum Bound {
    /// At least this many times as good as tokio in the same flavour.
    Tokio(f64),
    /// At least this many times as good as the best peer.
    Best(f64),
    /// At most this.
    AtMost(f64),
}

use Bound::{AtMost, Best, Tokio};

struct Goal {
    workload: &'static str,
    metric: &'static str,
    flavour: Flavour,
    bound: Bound,
}

const fn goal(
    workload: &'static str,
    metric: &'static str,
    flavour: Flavour,
    bound: Bound,
) -> Goal {
    Goal {
        workload,
        metric,
        flavour,
        bound,
    }
}

const GOALS: &[Goal] = &[
    goal("yield", "", Workers, Tokio(2.0)),
    goal("spawn_local", "", Workers, Tokio(2.5)),
    goal("spawn_local_join", "", Workers, Tokio(4.0)),
    goal("join_all", "", Workers, Tokio(4.0)),
    goal("spawn_outside_join", "", Workers, Tokio(3.5)),
    goal("spawn_outside_busy", "", Workers, Tokio(3.0)),
    goal("ping_pong_spawned", "", Workers, Tokio(3.0)),
    goal("ping_pong_standing", "", Workers, Tokio(1.4)),
    goal("chain", "", Workers, Tokio(4.0)),
    goal("pairs_light", "", Workers, Tokio(1.3)),
    goal("pairs_async_channel", "", Workers, Tokio(1.15)),
    goal("pinball", "", Workers, Tokio(1.15)),
    goal("funnel", "", Workers, Tokio(1.15)),
    goal("timer_arm_drop", "", Workers, Tokio(2.0)),
    goal("echo_64", "", Workers, Tokio(2.0)),
    goal("echo_64", "", Workers, Best(0.95)),
    goal("echo_1024", "", Workers, Tokio(1.4)),
    goal("echo_1024", "", Workers, Best(0.95)),
    goal("http_64", "", Workers, Tokio(1.5)),
    goal("spawn_local", "", Current, Tokio(1.5)),
    goal("spawn_local_join", "", Current, Tokio(1.5)),
    goal("join_all", "", Current, Tokio(1.5)),
    goal("ping_pong_spawned", "", Current, Tokio(1.5)),
    goal("ping_pong_standing", "", Current, Tokio(1.5)),
    goal("chain", "", Current, Tokio(1.5)),
    goal("yield", "", Current, Tokio(1.5)),
    goal("timer_arm_drop", "", Current, Tokio(2.0)),
    goal("echo_64_one_core", "", Current, Tokio(1.05)),
    goal("echo_64_one_core", "", Current, Best(0.95)),
    goal("parked_tasks", "heap", Workers, AtMost(128.0)),
    goal("parked_tasks", "resident", Workers, AtMost(140.0)),
    goal("sleeping_tasks", "heap", Workers, AtMost(224.0)),
    goal("idle_connections", "heap", Workers, AtMost(448.0)),
];

/// Where not to be behind tokio is enough: a peer that keeps no table of its tasks cannot be matched
/// in bytes, nor is it to be.
const MEMORY: &[&str] = &["parked_tasks", "sleeping_tasks", "idle_connections"];

/// What is asked of a figure.
pub struct Asked {
    pub tokio: f64,
    pub best: Option<f64>,
    pub at_most: Option<f64>,
}

/// The goals of one figure; where none is written down, not to be behind.
pub fn asked(workload: &str, metric: &str, flavour: Flavour) -> Asked {
    let mut asked = Asked {
        tokio: 1.0,
        best: (!MEMORY.contains(&workload)).then_some(1.0),
        at_most: None,
    };
    let ours = GOALS
        .iter()
        .filter(|goal| (goal.workload, goal.metric, goal.flavour) == (workload, metric, flavour));
    for goal in ours {
        match goal.bound {
            Tokio(ratio) => asked.tokio = ratio,
            Best(ratio) => asked.best = Some(ratio),
            AtMost(most) => asked.at_most = Some(most),
        }
    }
    asked
}

/// How many instructions a path may take, if that is a goal.
pub fn instructions(path: &str) -> Option<f64> {
    match path {
        "spawn_local_join" => Some(900.0),
        "wake_poll" => Some(150.0),
        _ => None,
    }
}
