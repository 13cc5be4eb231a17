//! The monitor starts when a worker may need it, however early that is. With real time, since that
//! is what the start goes by; what must happen is waited for.

mod util;

use std::sync::mpsc;

use plies_scheduler::{Handle, ThreadPool, block_on};

fn pool(workers: usize) -> ThreadPool {
    ThreadPool::builder().workers(workers).build().unwrap()
}

/// Blocks `count` workers at once, and expects another task to run all the same.
fn block_all(handle: &Handle, count: usize) {
    let (blocked, gates): (Vec<_>, Vec<_>) = (0..count)
        .map(|_| {
            let (open, gate) = mpsc::channel::<()>();
            let task = handle.spawn(async move { gate.recv().unwrap() });
            (task, open)
        })
        .unzip();
    let other = handle.spawn(async move { gates.iter().for_each(|gate| gate.send(()).unwrap()) });
    block_on(other).unwrap();
    blocked.into_iter().for_each(|task| block_on(task).unwrap());
}

#[test]
fn workers_that_block_in_their_first_polls_are_replaced() {
    for workers in [1, 2, 4] {
        for _ in 0..5 {
            block_all(pool(workers).handle(), workers);
        }
    }
}

#[test]
fn workers_that_slept_first_are_replaced() {
    for workers in [1, 2, 4] {
        let pool = pool(workers);
        util::wait_for_rest(pool.handle());
        block_all(pool.handle(), workers);
    }
}

#[test]
fn a_task_queued_behind_the_first_one_is_not_left_there() {
    for workers in [1, 2] {
        let pool = pool(workers);
        let handle = pool.handle().clone();
        let (open, gate) = mpsc::channel::<()>();
        // The child is where its worker would poll it next.
        let parent = pool.handle().spawn(async move {
            let child = handle.spawn(async move { open.send(()).unwrap() });
            gate.recv().unwrap();
            child.await.unwrap();
        });
        block_on(parent).unwrap();
    }
}
