//! Every scheduler of this crate is put through the conformance kit.

use plies_scheduler::conformance::Specimen;
use plies_scheduler::{Fifo, Pinned, Priority, Seeded, WorkStealing, conformance};

conformance!(fifo: Fifo::new);
conformance!(work_stealing: WorkStealing::new);
conformance!(work_stealing_in_small: || WorkStealing::new().capacity(4).steal_limit(2));
conformance!(work_stealing_without_lifo_slot: || WorkStealing::new().lifo_limit(0));
conformance!(work_stealing_that_looks_out_often: || WorkStealing::new().injector_interval(0));
conformance!(priority: || Priority::new(3));
conformance!(priority_of_one_class: || Priority::new(1).ageing(1));
conformance!(priority_of_many_classes: || Priority::new(32).ageing(2));
conformance!(pinned: Pinned::new);
conformance!(seeded: || Seeded::new(42));
conformance!(specimen: Specimen::sound);
