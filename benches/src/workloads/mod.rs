//! What is measured, each workload generic over the runtime.

mod latch;
mod messages;
mod sockets;
mod spawning;
mod timers;
mod waking;
mod yielding;

use std::time::Instant;

use crate::peer::Peer;

/// Which of two figures is the better one.
#[derive(Clone, Copy)]
pub enum Better {
    Lower,
    Higher,
}

/// A named measurement.
pub struct Workload {
    pub name: &'static str,
    pub what: &'static str,
    pub unit: &'static str,
    pub better: Better,
    /// How many operations a full run does.
    pub scale: u64,
}

const fn nanos(name: &'static str, scale: u64, what: &'static str) -> Workload {
    Workload {
        name,
        what,
        unit: "ns",
        better: Better::Lower,
        scale,
    }
}

const fn rate(name: &'static str, scale: u64, what: &'static str) -> Workload {
    Workload {
        name,
        what,
        unit: "1/s",
        better: Better::Higher,
        scale,
    }
}

/// Every workload, in the order of the report.
pub const ALL: &[Workload] = &[
    nanos("yield", 2_000_000, "200 tasks that yield, per yield"),
    nanos(
        "spawn_local",
        1_000_000,
        "spawn 10,000 detached from a task, per task",
    ),
    nanos(
        "spawn_local_join",
        500_000,
        "spawn from a task and await, one by one",
    ),
    nanos(
        "join_all",
        500_000,
        "1,000 children returning a value, all joined, per child",
    ),
    nanos(
        "spawn_outside_join",
        500_000,
        "spawn 10,000 from outside, await all, per task",
    ),
    nanos(
        "spawn_outside_busy",
        200_000,
        "the same while all workers are busy",
    ),
    nanos("chain", 1_000_000, "each task spawns the next, per task"),
    nanos(
        "ping_pong_spawned",
        200_000,
        "1,000 spawned pairs, oneshots both ways, per pair",
    ),
    nanos(
        "ping_pong_standing",
        500_000,
        "8 standing pairs, per round trip",
    ),
    nanos(
        "pairs_light",
        2_000_000,
        "8 pairs over a light channel of 64, per message",
    ),
    nanos(
        "pairs_async_channel",
        2_000_000,
        "8 pairs over async-channel of 64, per message",
    ),
    nanos("pinball", 1_000_000, "32 balls among 64 nodes, per hop"),
    nanos(
        "funnel",
        1_000_000,
        "64 senders into one receiver, per message",
    ),
    nanos(
        "timer_arm_drop",
        1_000_000,
        "a one-hour sleep polled once and dropped",
    ),
    nanos(
        "timer_lateness",
        10_000,
        "sleeps of 1 to 20 ms: mean lateness",
    ),
    nanos(
        "wake_hot",
        50_000,
        "round trip of a foreign thread with a task",
    ),
    nanos(
        "wake_cold",
        2_000,
        "the same with a pause of 200 µs before each",
    ),
    rate(
        "echo_64",
        500_000,
        "TCP echo, 64 connections, both ends inside, requests",
    ),
    rate(
        "echo_1024",
        500_000,
        "TCP echo, 1,024 connections, both ends inside, requests",
    ),
];

impl Workload {
    /// Starts `P`, measures, and says the figure in the workload's unit; `None` if the name is not
    /// one of [`ALL`].
    pub fn run<P: Peer>(&self, workers: usize, scale: u64) -> Option<f64> {
        let peer = P::start(workers);
        let measure: fn(&P, u64) = match self.name {
            "yield" => yielding::yields,
            "spawn_local" => spawning::local,
            "spawn_local_join" => spawning::local_join,
            "join_all" => spawning::join_all,
            "spawn_outside_join" => spawning::outside_join,
            "spawn_outside_busy" => return Some(spawning::outside_busy(&peer, workers, scale)),
            "chain" => spawning::chain,
            "ping_pong_spawned" => messages::ping_pong_spawned,
            "ping_pong_standing" => messages::ping_pong_standing,
            "pairs_light" => messages::pairs_light,
            "pairs_async_channel" => messages::pairs_async_channel,
            "pinball" => messages::pinball,
            "funnel" => messages::funnel,
            "timer_arm_drop" => timers::arm_drop,
            "timer_lateness" => return Some(timers::lateness(&peer, scale)),
            "wake_hot" => return Some(waking::hot(&peer, scale)),
            "wake_cold" => return Some(waking::cold(&peer, scale)),
            "echo_64" => return Some(sockets::echo(&peer, 64, scale)),
            "echo_1024" => return Some(sockets::echo(&peer, 1024, scale)),
            _ => return None,
        };
        measure(&peer, (scale / 10).max(1));
        let started = Instant::now();
        measure(&peer, scale);
        Some(started.elapsed().as_nanos() as f64 / scale as f64)
    }
}

/// Runs `future` in a task of `peer` and waits for it here.
fn in_task<P: Peer, F>(peer: &P, future: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    use crate::peer::Spawn;
    peer.block_on(async { peer.spawner().spawn(future).await })
}
