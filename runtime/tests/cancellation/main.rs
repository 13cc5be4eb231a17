//! Cancellation: an operation is dropped before its first poll, without budget, while it waits, and
//! when it was woken; then it is begun anew. Nothing that arrived is lost, nothing is delivered
//! twice, and nobody keeps the waker of what was dropped.

mod cut;
mod datagrams;
mod descriptors;
mod files;
mod listeners;
mod processes;
mod streams;
mod tasks;
mod time;
#[path = "../util/mod.rs"]
mod util;

/// How often each test cuts its operation on one and the same object.
const ROUNDS: u8 = 10;
