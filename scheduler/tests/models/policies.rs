//! The conformance kit's models, of every policy and of the example's.

#[allow(dead_code, reason = "its program is not run here")]
#[path = "../../examples/earliest_deadline.rs"]
mod earliest_deadline;

use earliest_deadline::EarliestDeadline;
use plies_scheduler::conformance::Specimen;
use plies_scheduler::{Fifo, Pinned, Priority, Seeded, WorkStealing, conformance_models};
use plies_shim::model::Model;

fn priority() -> Priority {
    Priority::new(2)
}

fn seeded() -> Seeded {
    Seeded::new(1)
}

pub fn models() -> Vec<Model> {
    conformance_models!(
        Fifo::new,
        WorkStealing::new,
        priority,
        Pinned::new,
        seeded,
        EarliestDeadline::default,
        Specimen::sound,
    )
}
