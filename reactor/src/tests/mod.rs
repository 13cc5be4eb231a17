//! What only this crate can test: the wheel against a model, and turns over a fake selector.

mod events;
mod group;
mod ticks;
mod wheel;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

/// Whether a task was woken since it was last asked.
#[derive(Default)]
struct Woken(AtomicBool);

impl Woken {
    /// As of a new task, which is polled once.
    fn already() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
