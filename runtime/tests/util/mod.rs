//! What the tests share: the runtimes that each of them runs on, and witnesses of drops.
#![allow(dead_code)] // Each test file uses its part.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plies::runtime::{Builder, Runtime};

/// The runtimes that everything must hold on, with a name for messages.
pub fn runtimes() -> Vec<(&'static str, Runtime)> {
    vec![
        (
            "current_thread",
            Builder::new_current_thread().build().unwrap(),
        ),
        ("1 worker", workers(1)),
        ("4 workers", workers(4)),
    ]
}

/// Calls `test` with every runtime in turn.
pub fn on_each(test: impl Fn(&Runtime)) {
    for (name, runtime) in runtimes() {
        println!("on {name}");
        test(&runtime);
    }
}

/// Runs the future that `test` makes on every runtime in turn, as a task.
pub fn spawn_on_each<F>(test: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    on_each(|runtime| runtime.block_on(runtime.spawn(test())).unwrap());
}

pub fn workers(count: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(count)
        .build()
        .unwrap()
}

/// Counts how many of the values it handed out were dropped.
#[derive(Clone, Default)]
pub struct Drops(Arc<AtomicUsize>);

/// Adds one to its counter when it is dropped.
pub struct Dropped(Arc<AtomicUsize>);

impl Drops {
    pub fn witness(&self) -> Dropped {
        Dropped(self.0.clone())
    }

    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The text of a panic.
pub fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text")
}
