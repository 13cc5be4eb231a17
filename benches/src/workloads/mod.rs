//! What is measured, each workload generic over the runtime.

mod churn;
mod http;
mod latch;
mod list;
mod lives;
mod memory;
mod messages;
mod sockets;
mod spawning;
mod timers;
mod waking;
mod yielding;

use std::time::{Duration, Instant};

use crate::peer::{Http, Peer, Sockets, Spawn, Timers};

#[cfg(feature = "cores")]
pub use churn::CLIENTS as CHURNING;
pub use list::{ALL, SCALED};
#[cfg(feature = "cores")]
pub use sockets::{datagram_pair, listener};

/// Which of two figures is the better one.
#[derive(Clone, Copy)]
pub enum Better {
    Lower,
    Higher,
}

/// A figure that a workload yields.
pub struct Metric {
    /// Empty for the one figure, or the main one, of a workload.
    pub name: &'static str,
    pub unit: &'static str,
    pub better: Better,
}

/// A named measurement.
pub struct Workload {
    pub name: &'static str,
    pub what: &'static str,
    pub metrics: &'static [Metric],
    /// How many operations a full run does.
    pub scale: u64,
    pub setting: Setting,
}

/// Where and how often a workload is measured.
#[derive(Clone, Copy, PartialEq)]
pub enum Setting {
    Ordinary,
    /// The whole process on one core, one worker.
    OneCore,
    /// In the first round only: its figures hardly vary, and it takes long.
    Once,
}

/// What a measurement yields, in the order of the workload's metrics.
pub type Figures = Vec<f64>;

impl Workload {
    /// Starts a runtime over `workers`, measures, and returns the figures; `start` is the same type
    /// for as many runtimes as possible, for each type has all workloads compiled.
    pub fn run<P: Peer<Spawn: Timers + Http>>(
        &self,
        start: &dyn Fn() -> P,
        workers: usize,
        scale: u64,
    ) -> Option<Figures> {
        self.tasks(start, workers, scale)
            .or_else(|| self.timers(start, scale))
            .or_else(|| self.sockets(start, scale))
            .or_else(|| self.http(start, scale))
    }

    /// [`run`](Self::run) for a runtime that has tasks only; `None` for a workload that takes more.
    pub fn tasks<P: Peer>(
        &self,
        start: &dyn Fn() -> P,
        workers: usize,
        scale: u64,
    ) -> Option<Figures> {
        let measure: fn(&P, u64) = match self.name {
            "yield" => yielding::yields,
            "spawn_local" => spawning::local,
            "spawn_local_join" => spawning::local_join,
            "join_all" => spawning::join_all,
            "spawn_outside_join" => spawning::outside_join,
            "spawn_outside_batch" => spawning::outside_batch,
            "spawn_outside_busy" => {
                return Some(vec![spawning::outside_busy(&start(), workers, scale)]);
            }
            "chain" => spawning::chain,
            "ping_pong_spawned" => messages::ping_pong_spawned,
            "ping_pong_standing" => messages::ping_pong_standing,
            "pairs_light" => messages::pairs_light,
            "pairs_async_channel" => messages::pairs_async_channel,
            "pinball" => messages::pinball,
            "funnel" => messages::funnel,
            "wake_poll" => waking::wake_poll,
            "wake_hot" => return Some(vec![waking::hot(&start(), scale)]),
            "wake_cold" => return Some(vec![waking::cold(&start(), scale)]),
            "start_stop" => return Some(vec![lives::start_stop(start, scale)]),
            "parked_tasks" => return Some(memory::parked(&start(), scale)),
            _ => return None,
        };
        Some(vec![each(&start(), measure, scale)])
    }

    fn timers<P: Peer<Spawn: Timers>>(&self, start: &dyn Fn() -> P, scale: u64) -> Option<Figures> {
        Some(match self.name {
            "timer_arm_drop" => vec![each(&start(), timers::arm_drop, scale)],
            "timer_lateness" => timers::lateness(&start(), scale),
            "timer_million" => timers::among_many(&start(), scale),
            "sleeping_tasks" => memory::sleeping(&start(), scale),
            _ => return None,
        })
    }

    fn sockets<P: Peer<Spawn: Sockets>>(
        &self,
        start: &dyn Fn() -> P,
        scale: u64,
    ) -> Option<Figures> {
        Some(match self.name {
            "echo_64" | "echo_64_one_core" => vec![sockets::echo(&start(), 64, scale)],
            "echo_1024" => vec![sockets::echo(&start(), 1024, scale)],
            "churn" => vec![churn::connections(&start(), scale)],
            "udp_echo_64" => vec![sockets::datagrams(&start(), 64, scale)],
            "idle_connections" => memory::connections(&start(), scale),
            _ => return None,
        })
    }

    fn http<P: Peer<Spawn: Http>>(&self, start: &dyn Fn() -> P, scale: u64) -> Option<Figures> {
        Some(match self.name {
            "http_64" => http::requests(&start(), 64, scale),
            "http_1024" => http::requests(&start(), 1024, scale),
            "http_stream" => vec![http::stream(&start(), scale)],
            _ => return None,
        })
    }
}

/// Nanoseconds an operation, after a warm-up of a tenth.
fn each<P: Peer>(peer: &P, measure: impl Fn(&P, u64), scale: u64) -> f64 {
    measure(peer, (scale / 10).max(1));
    let started = Instant::now();
    measure(peer, scale);
    nanos(started.elapsed(), scale)
}

fn nanos(elapsed: Duration, operations: u64) -> f64 {
    elapsed.as_nanos() as f64 / operations as f64
}

fn rate(operations: u64, elapsed: Duration) -> f64 {
    operations as f64 / elapsed.as_secs_f64()
}

/// Runs `future` in a task of `peer` and waits for it here.
fn in_task<P: Peer, F>(peer: &P, future: F) -> F::Output
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    peer.block_on(async { peer.spawner().spawn(future).await })
}
