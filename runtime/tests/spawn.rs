//! Spawning, joining, detaching and cancelling tasks.

mod util;

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::thread::ThreadId;

use plies::runtime::{Builder, Handle};
use plies::sync::oneshot;
use plies::task::JoinHandle;
use util::{Drops, message, on_each, spawn_on_each, workers};

/// Set while the thread is in a call of `spawn`.
struct InSpawn(Arc<AtomicBool>);

/// Is ready at once, and says whether it was polled while `InSpawn` was set on its own thread.
struct PolledInSpawn {
    spawning: Arc<AtomicBool>,
    thread: ThreadId,
}

impl Future for PolledInSpawn {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<bool> {
        let here = std::thread::current().id() == self.thread;
        Poll::Ready(here && self.spawning.load(Ordering::SeqCst))
    }
}

impl InSpawn {
    /// Spawns with `spawn` and says whether the future was polled within that call.
    fn polls(self, spawn: impl Fn(PolledInSpawn) -> JoinHandle<bool>) -> JoinHandle<bool> {
        let future = PolledInSpawn {
            spawning: self.0.clone(),
            thread: std::thread::current().id(),
        };
        self.0.store(true, Ordering::SeqCst);
        let task = spawn(future);
        self.0.store(false, Ordering::SeqCst);
        task
    }
}

#[test]
fn spawning_from_outside_never_polls_in_the_call() {
    on_each(|runtime| {
        for _ in 0..1000 {
            let task = InSpawn(Arc::default()).polls(|future| runtime.spawn(future));
            assert!(!runtime.block_on(task).unwrap());
        }
    });
}

#[test]
fn spawning_from_inside_never_polls_in_the_call() {
    spawn_on_each(|| async {
        for _ in 0..1000 {
            let task = InSpawn(Arc::default()).polls(plies::spawn);
            assert!(!task.await.unwrap());
        }
    });
}

#[test]
fn a_dropped_handle_detaches_its_task() {
    on_each(|runtime| {
        let (send, receive) = oneshot::channel();
        drop(runtime.spawn(async move {
            plies::task::yield_now().await;
            send.send("ran to its end").unwrap();
        }));
        assert_eq!(runtime.block_on(receive), Ok("ran to its end"));
    });
}

#[test]
fn a_panic_reaches_the_joiner_and_nobody_else() {
    on_each(|runtime| {
        let panicking = runtime.spawn(async { panic!("of its own making") });
        let others: Vec<_> = (0..16)
            .map(|number| {
                runtime.spawn(async move {
                    plies::task::yield_now().await;
                    number
                })
            })
            .collect();
        let error = runtime.block_on(panicking).unwrap_err();
        assert!(error.is_panic() && !error.is_cancelled());
        assert_eq!(message(&*error.into_panic()), "of its own making");
        for (number, other) in others.into_iter().enumerate() {
            assert_eq!(runtime.block_on(other).unwrap(), number);
        }
        assert_eq!(
            runtime.block_on(runtime.spawn(async { "alive" })).unwrap(),
            "alive"
        );
    });
}

#[test]
fn a_detached_panic_leaves_the_runtime_alive() {
    on_each(|runtime| {
        let witness = Drops::default();
        let dropped = witness.witness();
        drop(runtime.spawn(async move {
            let _dropped = dropped;
            panic!("nobody joins this");
        }));
        runtime
            .block_on(runtime.spawn(async {
                for _ in 0..10 {
                    plies::task::yield_now().await;
                }
            }))
            .unwrap();
        while witness.count() == 0 {
            std::thread::yield_now();
        }
    });
}

#[test]
fn an_aborted_task_is_dropped_and_says_so() {
    on_each(|runtime| {
        let drops = Drops::default();
        let dropped = drops.witness();
        let (started, start) = oneshot::channel();
        let task = runtime.spawn(async move {
            let _dropped = dropped;
            started.send(()).unwrap();
            pending::<()>().await;
        });
        runtime.block_on(start).unwrap();
        task.abort();
        let error = runtime.block_on(task).unwrap_err();
        assert!(error.is_cancelled() && !error.is_panic());
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_task_aborted_before_its_first_poll_is_never_polled() {
    on_each(|runtime| {
        let drops = Drops::default();
        runtime.block_on(async {
            let dropped = drops.witness();
            // This thread, or the only worker, is busy here: others may be faster than `abort`.
            let task = plies::spawn(async move {
                let _dropped = dropped;
                pending::<()>().await
            });
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        });
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn tasks_spawned_by_tasks_all_run() {
    fn tree(depth: u32) -> Pin<Box<dyn Future<Output = u64> + Send>> {
        Box::pin(async move {
            if depth == 0 {
                return 1;
            }
            let children: Vec<_> = (0..4).map(|_| plies::spawn(tree(depth - 1))).collect();
            let mut leaves = 0;
            for child in children {
                leaves += child.await.unwrap();
            }
            leaves
        })
    }
    spawn_on_each(|| async { assert_eq!(tree(6).await, 4096) });
}

#[test]
fn a_wake_from_a_thread_outside_is_not_lost() {
    on_each(|runtime| {
        for _ in 0..200 {
            let (send, receive) = oneshot::channel();
            let task = runtime.spawn(receive);
            let thread = std::thread::spawn(move || send.send(7).unwrap());
            assert_eq!(runtime.block_on(task).unwrap(), Ok(7));
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_yield_lets_the_tasks_that_are_ready_run_first() {
    spawn_on_each(|| async {
        let ready: Vec<_> = (0..8).map(|_| plies::spawn(async {})).collect();
        while !ready.iter().all(JoinHandle::is_finished) {
            plies::task::yield_now().await;
        }
    });
}

#[test]
fn a_task_knows_its_id_and_block_on_is_no_task() {
    on_each(|runtime| {
        let task = runtime.spawn(async { plies::task::id() });
        let id = task.id();
        assert_eq!(runtime.block_on(task).unwrap(), id);
        assert_eq!(runtime.block_on(async { plies::task::try_id() }), None);
    });
}

#[test]
fn the_default_is_a_worker_for_each_logical_core() {
    let cores = std::thread::available_parallelism().unwrap().get();
    let runtime = Builder::new_multi_thread().build().unwrap();
    assert_eq!(runtime.metrics().num_workers(), cores);
    assert_eq!(workers(3).metrics().num_workers(), 3);
}

#[test]
fn a_task_is_on_its_runtime() {
    on_each(|runtime| {
        let id = runtime.handle().id();
        let here = runtime.spawn(async { Handle::current().id() });
        assert_eq!(runtime.block_on(here).unwrap(), id);
    });
}

#[test]
fn a_task_that_is_always_ready_does_not_starve_another() {
    on_each(|runtime| {
        let stop = Arc::new(AtomicBool::new(false));
        let greedy = runtime.spawn({
            let stop = stop.clone();
            async move {
                while !stop.load(Ordering::Relaxed) {
                    plies::task::consume_budget().await;
                }
            }
        });
        // Ready at the second poll, which comes only if the greedy one lets others run.
        let mut polled = false;
        let modest = runtime.spawn(poll_fn(move |cx| {
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut polled, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        runtime.block_on(modest).unwrap();
        stop.store(true, Ordering::Relaxed);
        runtime.block_on(greedy).unwrap();
    });
}
