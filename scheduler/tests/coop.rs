//! The cooperative budget.

mod util;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plies_scheduler::coop::{self, Budget};
use plies_scheduler::{Attributes, Fifo, Handle, TaskBuilder, ThreadPool, block_on};
use util::pool;

#[test]
fn each_poll_starts_with_the_budget_of_the_executor() {
    let budget = Budget::new(5).unwrap();
    let pool = ThreadPool::builder()
        .workers(1)
        .budget(budget)
        .build()
        .unwrap();
    let task = pool.handle().spawn(async {
        let first = coop::remaining();
        coop::consume().await;
        let second = coop::remaining();
        util::YieldNow::default().await;
        (first, second, coop::remaining())
    });
    assert_eq!(block_on(task).unwrap(), (Some(5), Some(4), Some(5)));
}

#[test]
fn a_task_may_have_a_budget_of_its_own() {
    let pool = pool(1, Fifo::new());
    let spawn = |budget| {
        let task = TaskBuilder::new().attributes(Attributes::new().with_budget(budget));
        block_on(pool.handle().spawn_with(task, async { coop::remaining() })).unwrap()
    };
    assert_eq!(spawn(Budget::new(2).unwrap()), Some(2));
    assert_eq!(spawn(Budget::UNLIMITED), None);
}

#[test]
fn a_task_that_never_waits_lets_others_run() {
    let pool = pool(1, Fifo::new());
    let stop = Arc::new(AtomicBool::new(false));
    let task = pool.handle().spawn({
        let stop = stop.clone();
        async move {
            Handle::current()
                .spawn({
                    let stop = stop.clone();
                    async move { stop.store(true, Ordering::Relaxed) }
                })
                .detach();
            while !stop.load(Ordering::Relaxed) {
                coop::consume().await;
            }
        }
    });
    block_on(task).unwrap();
    assert_eq!(pool.handle().metrics().workers()[0].budget_yields, 1);
}

#[test]
fn cooperative_spends_a_unit_when_it_is_ready() {
    let pool = pool(1, Fifo::new());
    let task = pool.handle().spawn(async {
        let before = coop::remaining().unwrap();
        coop::cooperative(async {}).await;
        let gate = util::Gate::default();
        let waiting = coop::cooperative(gate.passed());
        let mut waiting = std::pin::pin!(waiting);
        let pending = futures_poll_once(waiting.as_mut()).await;
        assert!(pending, "the gate is shut");
        before - coop::remaining().unwrap()
    });
    assert_eq!(block_on(task).unwrap(), 1);
}

/// Polls once, and says whether the future is pending.
async fn futures_poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
    std::future::poll_fn(|cx| std::task::Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}

#[test]
fn unconstrained_has_no_budget_and_puts_the_old_one_back() {
    let pool = pool(1, Fifo::new());
    let task = pool.handle().spawn(async {
        let inside = coop::unconstrained(async { coop::remaining() }).await;
        (inside, coop::remaining().is_some())
    });
    assert_eq!(block_on(task).unwrap(), (None, true));
}

#[test]
fn block_on_in_a_spent_poll_is_not_limited() {
    let budget = Budget::new(1).unwrap();
    let pool = ThreadPool::builder()
        .workers(1)
        .budget(budget)
        .build()
        .unwrap();
    let task = pool.handle().spawn(async {
        coop::consume().await;
        block_on(async {
            coop::consume().await;
            coop::consume().await;
            8
        })
    });
    assert_eq!(block_on(task).unwrap(), 8);
}

#[test]
fn outside_of_tasks_there_is_no_limit() {
    assert_eq!(coop::remaining(), None);
    block_on(async {
        for _ in 0..1000 {
            coop::consume().await;
        }
    });
}
