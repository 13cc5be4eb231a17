//! The thread pool of the `futures` crate: an executor alone, without timers and sockets. A task that
//! wakes itself is polled again at once, without the queue: its yields are none, and a task that
//! yields for ever keeps its thread.

use std::future::Future;

use futures::executor::{ThreadPool, ThreadPoolBuilder};
use futures::future::RemoteHandle;
use futures::task::SpawnExt;

use crate::peer::{Peer, Spawn};
use crate::workloads::Workload;

struct Pool(Spawner);

/// The figures of `workload`; `None` if it takes yields, timers or sockets.
pub fn run(workload: &Workload, workers: usize, scale: u64) -> Option<Vec<f64>> {
    let start = || {
        let pool = ThreadPoolBuilder::new().pool_size(workers).create();
        Pool(Spawner(pool.unwrap()))
    };
    match workload.name {
        "yield" | "spawn_outside_busy" => None,
        _ => workload.tasks(&start, workers, scale),
    }
}

impl Peer for Pool {
    type Spawn = Spawner;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        futures::executor::block_on(future)
    }

    fn spawner(&self) -> Spawner {
        self.0.clone()
    }
}

#[derive(Clone)]
struct Spawner(ThreadPool);

impl Spawn for Spawner {
    type Join<T: Send + 'static> = RemoteHandle<T>;

    fn spawn<F>(&self, future: F) -> RemoteHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.spawn_with_handle(future).unwrap()
    }

    fn spawn_detached<F>(&self, future: F)
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.0.spawn_ok(async {
            future.await;
        });
    }
}
