//! The schedulers that come with the crate.

mod fifo;
mod lifo_slot;
mod work_stealing;

pub use fifo::Fifo;
pub use work_stealing::WorkStealing;
