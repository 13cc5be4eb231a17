//! The reactor's protocols, model-checked over a fake selector: `cargo loom -p plies-reactor`,
//! `cargo shuttle -p plies-reactor`.
//!
//! The code under the models is the crate's own, turns and all; only the system is a fake.

#[cfg(any(plies_loom, plies_shuttle))]
mod models;

fn main() -> std::process::ExitCode {
    #[cfg(any(plies_loom, plies_shuttle))]
    let all = models::all();
    #[cfg(not(any(plies_loom, plies_shuttle)))]
    let all = [];
    plies_shim::model::main(&all)
}
