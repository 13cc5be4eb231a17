//! The schedulers that come with Plies, each under the same multi-threaded runtime.

use plies::runtime::Builder;
use plies::scheduler::{Fifo, Pinned, Priority, Seeded};

pub use super::tokio_shaped::plies::{Started, current_thread, multi_thread};

pub fn fifo(workers: usize) -> Started {
    over(workers, Builder::new_multi_thread().scheduler(Fifo::new))
}

pub fn priority(workers: usize) -> Started {
    let mut builder = Builder::new_multi_thread();
    over(workers, builder.scheduler(|| Priority::new(2)))
}

pub fn pinned(workers: usize) -> Started {
    over(workers, Builder::new_multi_thread().scheduler(Pinned::new))
}

/// Always over one worker, which is what it is for.
pub fn seeded() -> Started {
    let mut builder = Builder::new_multi_thread();
    over(1, builder.scheduler(|| Seeded::new(1)))
}

fn over(workers: usize, builder: &mut Builder) -> Started {
    Started(
        builder
            .worker_threads(workers)
            .enable_all()
            .build()
            .unwrap(),
    )
}
