//! What the policy counts of a worker's queue, read while the worker is in a poll.

mod util;

use plies_scheduler::{Handle, WorkStealing, block_on};
use util::pool;

#[test]
fn lifo_hits_overflows_and_the_depth_are_counted() {
    let pool = pool(1, WorkStealing::new().capacity(2));
    let spawner = pool.handle().spawn(async {
        let handle = Handle::current();
        let tasks: Vec<_> = (0..5).map(|_| handle.spawn(async {})).collect();
        (handle.metrics().workers()[0].clone(), tasks)
    });
    let (during, tasks) = block_on(spawner).unwrap();
    // One in the LIFO slot, two in the deque, and what does not fit in there with all workers.
    assert_eq!((during.queue_depth, during.overflows), (3, 2));
    assert_eq!((during.local_pushes, during.lifo_hits), (5, 0));
    for task in tasks {
        block_on(task).unwrap();
    }
    let after = pool.handle().metrics().workers()[0].clone();
    assert_eq!((after.queue_depth, after.lifo_hits, after.polls), (0, 1, 6));
}
