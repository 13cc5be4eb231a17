//! The runtimes, each behind [`Peer`](crate::peer::Peer).

mod mio;

mod smol;
mod tokio_shaped;

use crate::workloads::Workload;
use tokio_shaped::{plies, tokio};

/// All of them, Plies first; ratios are to `tokio`.
pub const NAMES: &[&str] = &["plies", "plies-ct", "tokio", "tokio-ct", "smol", "mio"];

/// Runs `workload` on the runtime called `name` and says its figure, or `none`.
pub fn measure(name: &str, workload: &Workload, workers: usize, scale: u64) -> String {
    let figure = match name {
        "plies" => workload.run::<plies::MultiThread>(workers, scale),
        "plies-ct" => workload.run::<plies::CurrentThread>(workers, scale),
        "tokio" => workload.run::<tokio::MultiThread>(workers, scale),
        "tokio-ct" => workload.run::<tokio::CurrentThread>(workers, scale),
        "smol" => workload.run::<smol::Threads>(workers, scale),
        "mio" => mio::run(workload.name, workers, scale),
        _ => unreachable!("the command line knows the names"),
    };
    figure.map_or("none".to_owned(), |figure| figure.to_string())
}
