//! The end of an executor: every future dropped once, nothing left running, and a report.

mod util;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use plies_scheduler::{CurrentThread, Fifo, Handle, ThreadPool, block_on};
use util::{Drops, Gate, Never, on_each_policy, pool, wait_until};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn dropping_the_pool_drops_every_pending_future_once() {
    on_each_policy(|make| {
        let pool = make(2);
        let drops = Drops::default();
        let gate = Gate::default();
        for _ in 0..100 {
            let (token, gate) = (drops.token(), gate.clone());
            pool.handle()
                .spawn(async move {
                    gate.passed().await;
                    drop(token);
                })
                .detach();
        }
        wait_until(|| gate.waiting() == 100);
        assert_eq!(drops.count(), 0);
        drop(pool);
        assert_eq!(drops.count(), 100);
    });
}

#[test]
fn tasks_never_polled_are_dropped_too() {
    on_each_policy(|make| {
        let pool = make(1);
        let drops = Drops::default();
        let (busy, go_on) = (Gate::default(), Gate::default());
        pool.handle()
            .spawn({
                let (busy, go_on) = (busy.clone(), go_on.clone());
                async move {
                    busy.open();
                    go_on.block();
                }
            })
            .detach();
        busy.block();
        for _ in 0..100 {
            let token = drops.token();
            pool.handle().spawn(async move { drop(token) }).detach();
        }
        let closing = std::thread::spawn({
            let handle = pool.handle().clone();
            move || {
                wait_until(|| handle.is_closed());
                go_on.open();
            }
        });
        let report = pool.shutdown(LONG);
        closing.join().unwrap();
        assert_eq!(drops.count(), 100);
        assert_eq!((report.tasks_dropped, report.workers_left), (100, 0));
    });
}

#[test]
fn a_task_spawned_after_shutdown_is_cancelled() {
    on_each_policy(|make| {
        let pool = make(2);
        let handle = pool.handle().clone();
        drop(pool);
        let drops = Drops::default();
        let token = drops.token();
        let task = handle.spawn(async move { drop(token) });
        assert!(task.is_finished());
        assert!(block_on(task).unwrap_err().is_cancelled());
        assert_eq!(drops.count(), 1);
        assert!(handle.is_closed());
    });
}

/// Two futures that hold each other's wakers, and so each other's cells.
struct Entangled {
    own: Arc<Mutex<Option<Waker>>>,
    _token: util::DropToken,
}

impl Future for Entangled {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        *self.own.lock().unwrap() = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[test]
fn tasks_that_hold_each_others_wakers_are_dropped() {
    on_each_policy(|make| {
        let pool = make(2);
        let drops = Drops::default();
        let slots: [Arc<Mutex<Option<Waker>>>; 2] = Default::default();
        for index in 0..2 {
            let (own, other) = (slots[index].clone(), slots[1 - index].clone());
            let task = Entangled {
                own,
                _token: drops.token(),
            };
            pool.handle()
                .spawn(async move {
                    task.await;
                    drop(other);
                })
                .detach();
        }
        wait_until(|| slots.iter().all(|slot| slot.lock().unwrap().is_some()));
        drop(slots);
        drop(pool);
        assert_eq!(drops.count(), 2);
    });
}

/// Wakes the next of a chain when it is dropped.
struct WakeOnDrop(Option<Waker>);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

#[test]
fn a_long_chain_of_drops_that_wake_does_not_recurse() {
    on_each_policy(|make| {
        let pool = make(2);
        let drops = Drops::default();
        let mut previous: Option<Waker> = None;
        const LENGTH: usize = 20_000;
        for _ in 0..LENGTH {
            let next = WakeOnDrop(previous.take());
            let token = drops.token();
            let slot: Arc<Mutex<Option<Waker>>> = Arc::default();
            let own = slot.clone();
            pool.handle()
                .spawn(async move {
                    let _held = (next, token);
                    std::future::poll_fn(|cx| {
                        *own.lock().unwrap() = Some(cx.waker().clone());
                        Poll::<()>::Pending
                    })
                    .await;
                })
                .detach();
            wait_until(|| slot.lock().unwrap().is_some());
            previous = slot.lock().unwrap().take();
        }
        drop(previous);
        drop(pool);
        assert_eq!(drops.count(), LENGTH);
    });
}

#[test]
fn a_stuck_worker_is_left_behind_and_reported() {
    on_each_policy(|make| {
        let pool = make(2);
        let (busy, go_on) = (Gate::default(), Gate::default());
        let drops = Drops::default();
        pool.handle()
            .spawn({
                let (busy, go_on, token) = (busy.clone(), go_on.clone(), drops.token());
                async move {
                    busy.open();
                    go_on.block();
                    drop(token);
                }
            })
            .detach();
        busy.block();
        let report = pool.shutdown(Duration::ZERO);
        assert!(report.workers_left >= 1);
        go_on.open();
        wait_until(|| drops.count() == 1);
    });
}

#[test]
fn a_pool_dropped_by_its_own_task_does_not_wait_for_it() {
    on_each_policy(|make| {
        let pool = make(2);
        let done = Gate::default();
        let (send, receive) = std::sync::mpsc::channel::<ThreadPool>();
        pool.handle()
            .spawn({
                let done = done.clone();
                async move {
                    drop(receive.recv().unwrap());
                    done.open();
                }
            })
            .detach();
        send.send(pool).unwrap();
        done.block();
    });
}

#[test]
fn a_panic_in_a_destructor_stops_nothing() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }
    on_each_policy(|make| {
        let pool = make(2);
        let drops = Drops::default();
        let gate = Gate::default();
        for _ in 0..10 {
            let (bomb, token, gate) = (Bomb, drops.token(), gate.clone());
            pool.handle()
                .spawn(async move {
                    let _held = (token, bomb);
                    gate.passed().await;
                })
                .detach();
        }
        wait_until(|| gate.waiting() == 10);
        drop(pool);
        assert_eq!(drops.count(), 10);
    });
}

#[test]
fn spawning_while_shutting_down_loses_no_task() {
    on_each_policy(|make| {
        for _ in 0..50 {
            let pool = make(2);
            let drops = Drops::default();
            let handle = pool.handle().clone();
            let spawner = std::thread::spawn({
                let drops = drops.clone();
                move || {
                    for _ in 0..100 {
                        let token = drops.token();
                        handle
                            .spawn(async move {
                                let inner = token;
                                Handle::try_current().map(|handle| {
                                    handle.spawn(async move {
                                        let _inner = inner;
                                        Never.await;
                                    })
                                });
                            })
                            .detach();
                    }
                }
            });
            drop(pool);
            spawner.join().unwrap();
            assert_eq!(drops.count(), 100);
        }
    });
}

#[test]
fn current_thread_drops_its_tasks_on_the_dropping_thread() {
    let executor = CurrentThread::builder()
        .scheduler(Fifo::new())
        .build_current_thread();
    let drops = Drops::default();
    for _ in 0..10 {
        let token = drops.token();
        executor
            .handle()
            .spawn(async move {
                let _held = token;
                Never.await;
            })
            .detach();
    }
    executor.block_on(util::YieldNow::default());
    let token = drops.token();
    executor.handle().spawn(async move { drop(token) }).detach();
    let handle = executor.handle().clone();
    let report = executor.shutdown();
    assert_eq!(drops.count(), 11);
    assert_eq!(report.workers_left, 0);
    assert!(block_on(handle.spawn(async {})).unwrap_err().is_cancelled());
}

#[test]
fn an_idle_pool_ends_at_once() {
    let report = pool(4, Fifo::new()).shutdown(LONG);
    assert_eq!((report.tasks_dropped, report.workers_left), (0, 0));
}
