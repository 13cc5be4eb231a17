//! The thread pool of the `futures` crate: an executor alone, without timers and sockets.

use std::future::Future;

use futures::executor::{ThreadPool, ThreadPoolBuilder};
use futures::future::RemoteHandle;
use futures::task::SpawnExt;

use crate::peer::{Peer, Spawn};

pub struct Pool(Spawner);

impl Pool {
    pub fn start(workers: usize) -> Self {
        let pool = ThreadPoolBuilder::new().pool_size(workers).create();
        Self(Spawner(pool.unwrap()))
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
pub struct Spawner(ThreadPool);

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
