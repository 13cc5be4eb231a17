//! The runtimes, each behind [`Peer`](crate::peer::Peer) or, those that stay on their thread,
//! behind `Core`; and, in their rows, the limits.

mod bare;
#[cfg(feature = "compio")]
mod compio;
#[cfg(feature = "cores")]
mod cores;
mod futures;
mod mio;
#[cfg(feature = "monoio")]
mod monoio;
#[cfg(feature = "nexosim")]
mod nexosim;
#[cfg(feature = "cores")]
mod owned;
mod plies;
mod smol;
mod tokio_shaped;

use crate::workloads::Workload;
use tokio_shaped::tokio;

/// What a peer is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Plies, over several workers or on the caller's thread.
    Subject(Flavour),
    /// Plies under a scheduler other than its default.
    Variant,
    /// Another runtime.
    Peer(Flavour),
    /// A runtime for each core, which counts in both flavours: with one worker it is on one thread.
    #[cfg_attr(not(feature = "cores"), expect(dead_code, reason = "none is built in"))]
    Cores,
    /// What no runtime can beat.
    Limit,
}

/// Where tasks are polled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flavour {
    /// By workers.
    Workers,
    /// On the caller's thread.
    Current,
}

/// A runtime by its name.
pub struct Named {
    pub name: &'static str,
    pub role: Role,
    /// What the report says of it.
    pub what: &'static str,
}

const fn named(name: &'static str, role: Role, what: &'static str) -> Named {
    Named { name, role, what }
}

use Flavour::{Current, Workers};
use Role::{Limit, Peer, Subject, Variant};

/// All that are built in, Plies first.
pub const ALL: &[Named] = &[
    named("plies", Subject(Workers), "Plies, work stealing"),
    named("plies-ct", Subject(Current), "Plies, current-thread"),
    named("tokio", Peer(Workers), "tokio, multi-thread"),
    named("tokio-ct", Peer(Current), "tokio, current-thread"),
    named("smol", Peer(Workers), "async-executor on threads, async-io"),
    named(
        "smol-static",
        Peer(Workers),
        "its StaticExecutor on threads",
    ),
    named("smol-local", Peer(Current), "its LocalExecutor"),
    named("futures", Peer(Workers), "futures' ThreadPool: tasks only"),
    #[cfg(feature = "nexosim")]
    named(
        "nexosim",
        Peer(Workers),
        "its executor: tasks that wake each other",
    ),
    #[cfg(feature = "monoio")]
    named("monoio", Role::Cores, "a runtime a core: sockets only"),
    #[cfg(feature = "compio")]
    named("compio", Role::Cores, "a runtime a core: sockets only"),
    named("mio", Limit, "an echo written by hand, a loop a core"),
    named("bare", Limit, "malloc, push and pop; a futex round trip"),
    named("plies-fifo", Variant, "Plies, one queue for all"),
    named("plies-priority", Variant, "Plies, classes of urgency"),
    named("plies-pinned", Variant, "Plies, thread per core"),
    named(
        "plies-seeded",
        Variant,
        "Plies, choices by a seed, one worker",
    ),
];

/// Runs `workload` on the runtime called `name`; `None` if that runtime does not do it.
pub fn measure(name: &str, workload: &Workload, workers: usize, scale: u64) -> Option<Vec<f64>> {
    let plies = |start: &dyn Fn() -> plies::Started| workload.run(start, workers, scale);
    let tokio = |start: &dyn Fn() -> tokio::Started| workload.run(start, workers, scale);
    match name {
        "plies" => plies(&|| plies::multi_thread(workers)),
        "plies-ct" => plies(&plies::current_thread),
        "plies-fifo" => plies(&|| plies::fifo(workers)),
        "plies-priority" => plies(&|| plies::priority(workers)),
        "plies-pinned" => plies(&|| plies::pinned(workers)),
        "plies-seeded" => plies(&plies::seeded),
        "tokio" => tokio(&|| tokio::multi_thread(workers)),
        "tokio-ct" => tokio(&tokio::current_thread),
        "smol" => workload.run(&|| smol::Threads::start(workers), workers, scale),
        "smol-static" => workload.run(&|| smol::StaticThreads::start(workers), workers, scale),
        "smol-local" => workload.run(&|| smol::CurrentThread, workers, scale),
        "futures" => futures::run(workload, workers, scale),
        #[cfg(feature = "nexosim")]
        "nexosim" => nexosim::run(workload, workers, scale),
        #[cfg(feature = "monoio")]
        "monoio" => cores::run::<monoio::Monoio>(workload, workers, scale),
        #[cfg(feature = "compio")]
        "compio" => cores::run::<compio::Compio>(workload, workers, scale),
        "mio" => mio::run(workload.name, workers, scale),
        "bare" => bare::run(workload, scale),
        _ => unreachable!("the command line knows the names"),
    }
}

/// How the runtimes with a choice of system interface reach the system on this machine.
pub fn drivers() -> Vec<(&'static str, String)> {
    vec![
        #[cfg(feature = "monoio")]
        ("monoio", monoio::driver().to_owned()),
        #[cfg(feature = "compio")]
        ("compio", compio::driver()),
    ]
}
