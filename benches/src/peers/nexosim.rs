//! nexosim: a simulator, whose executor is reached through what it opens to benchmarks. A run of it
//! ends when no task can go on, and no task can be spawned meanwhile, nor woken by another thread: so
//! what it is measured on are tasks that wake each other. Those that a task spawns wait in a queue
//! for the run to end; in these workloads they are spawned in the beginning only.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures::FutureExt;
use futures::future::RemoteHandle;
use nexosim::dev_hooks::Executor;

use crate::peer::{Peer, Spawn};
use crate::workloads::Workload;

/// Those that neither measure a spawn from a task nor a join, and whose tasks do not wake themselves:
/// they would be polled again at once, without the queue.
const WORKLOADS: &[&str] = &[
    "spawn_outside_batch",
    "ping_pong_standing",
    "pairs_light",
    "pairs_async_channel",
    "pinball",
    "funnel",
    "wake_poll",
];

/// The figures of `workload`; `None` if it is none of [`WORKLOADS`].
pub fn run(workload: &Workload, workers: usize, scale: u64) -> Option<Vec<f64>> {
    let start = || {
        let executor = Mutex::new(Executor::new(workers));
        let waiting = Mutex::default();
        Simulator(Spawner(Arc::new(Shared { executor, waiting })))
    };
    match WORKLOADS.contains(&workload.name) {
        true => workload.tasks(&start, workers, scale),
        false => None,
    }
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Shared {
    /// Locked while it runs.
    executor: Mutex<Executor>,
    /// What was spawned meanwhile.
    waiting: Mutex<Vec<Task>>,
}

struct Simulator(Spawner);

impl Peer for Simulator {
    type Spawn = Spawner;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        // What wakes this future is a task, and it is polled again when all tasks wait.
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            self.0.0.run();
        }
    }

    fn spawner(&self) -> Spawner {
        self.0.clone()
    }
}

impl Shared {
    /// Runs until no task can go on, those included that were spawned on the way.
    fn run(&self) {
        let mut executor = self.executor.lock().unwrap();
        loop {
            executor.run();
            let waiting = std::mem::take(&mut *self.waiting.lock().unwrap());
            if waiting.is_empty() {
                return;
            }
            for task in waiting {
                executor.spawn_and_forget(task);
            }
        }
    }
}

#[derive(Clone)]
struct Spawner(Arc<Shared>);

impl Spawn for Spawner {
    type Join<T: Send + 'static> = RemoteHandle<T>;

    fn spawn<F>(&self, future: F) -> RemoteHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let (task, joined) = future.remote_handle();
        self.spawn_detached(task);
        joined
    }

    fn spawn_detached<F>(&self, future: F)
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        match self.0.executor.try_lock() {
            Ok(executor) => executor.spawn_and_forget(future),
            Err(_) => {
                let task = async { drop(future.await) };
                self.0.waiting.lock().unwrap().push(Box::pin(task));
            }
        }
    }
}
