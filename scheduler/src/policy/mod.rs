//! The schedulers that come with the crate.

mod deque;
mod fifo;
mod lifo_slot;
mod pinned;
mod priority;
mod seeded;
mod table;
mod work_stealing;

pub use fifo::Fifo;
pub use pinned::Pinned;
pub use priority::Priority;
pub use seeded::Seeded;
#[cfg(feature = "conformance")]
pub(crate) use table::WorkerTable;
pub use work_stealing::WorkStealing;
