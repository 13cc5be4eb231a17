//! The blocking pool's protocol, model-checked: `cargo loom -p plies`, `cargo shuttle -p plies`.
//!
//! The models include the protocol's own source, over a queue of the same contract as the real one
//! that the model checker can see into.
#![allow(dead_code)] // The models use a part of it, and an ordinary build none.

#[path = "../src/blocking/crew.rs"]
mod crew;
#[path = "../src/blocking/mutants.rs"]
mod mutants;
#[path = "../src/blocking/queue.rs"]
mod queue;

#[cfg(any(plies_loom, plies_shuttle))]
mod models;

fn main() -> std::process::ExitCode {
    #[cfg(any(plies_loom, plies_shuttle))]
    return plies_shim::model::main(&models::models());
    #[cfg(not(any(plies_loom, plies_shuttle)))]
    return plies_shim::model::main(&[]);
}
