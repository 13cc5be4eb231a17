//! Tasks that are not `Send`: local sets and local runtimes.

mod util;

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::catch_unwind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use plies::runtime::{Builder, LocalOptions, LocalRuntime};
use plies::sync::{mpsc, oneshot};
use plies::task::{JoinSet, LocalSet, spawn_local, yield_now};
use util::{Drops, message, on_each};

#[test]
fn local_tasks_run_on_the_thread_of_their_set() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let here = std::thread::current().id();
        set.block_on(runtime, async {
            let count = Rc::new(Cell::new(0));
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let count = count.clone();
                    spawn_local(async move {
                        yield_now().await;
                        count.set(count.get() + 1);
                        assert_eq!(std::thread::current().id(), here);
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            assert_eq!(count.get(), 100);
        });
    });
}

#[test]
fn spawning_never_polls_and_a_set_alone_does_nothing() {
    on_each(|runtime| {
        let polled = Rc::new(Cell::new(false));
        let set = LocalSet::new();
        set.spawn_local({
            let polled = polled.clone();
            async move { polled.set(true) }
        });
        runtime.block_on(yield_now());
        assert!(!polled.get());
        runtime.block_on(set);
        assert!(polled.get());
    });
}

#[test]
fn an_awaited_set_is_ready_when_no_task_is_left() {
    on_each(|runtime| {
        let ended = Rc::new(Cell::new(0));
        let set = LocalSet::new();
        let counter = ended.clone();
        set.spawn_local(async move {
            for _ in 0..200 {
                let counter = counter.clone();
                spawn_local(async move {
                    yield_now().await;
                    counter.set(counter.get() + 1);
                });
            }
        });
        runtime.block_on(set);
        assert_eq!(ended.get(), 200);
    });
}

#[test]
fn a_wake_from_another_thread_is_not_lost() {
    on_each(|runtime| {
        let set = LocalSet::new();
        for _ in 0..200 {
            let (send, receive) = oneshot::channel();
            let task = set.spawn_local(receive);
            let thread = std::thread::spawn(move || send.send(7).unwrap());
            assert_eq!(set.block_on(runtime, task).unwrap(), Ok(7));
            thread.join().unwrap();
        }
    });
}

#[test]
fn tasks_of_the_runtime_wake_local_ones() {
    on_each(|runtime| {
        let set = LocalSet::new();
        set.block_on(runtime, async {
            let (send, mut receive) = mpsc::channel(1);
            plies::spawn(async move {
                for number in 0..1000_u32 {
                    send.send(number).await.unwrap();
                }
            });
            let sum = spawn_local(async move {
                let mut sum = 0;
                while let Some(number) = receive.recv().await {
                    sum += number;
                }
                sum
            });
            assert_eq!(sum.await.unwrap(), 499_500);
        });
    });
}

#[test]
fn tasks_left_by_one_run_go_on_in_the_next() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let steps = Rc::new(Cell::new(0));
        let counter = steps.clone();
        let task = set.spawn_local(async move {
            for _ in 0..1000 {
                counter.set(counter.get() + 1);
                yield_now().await;
            }
        });
        set.block_on(runtime, yield_now());
        assert!(!task.is_finished() && steps.get() > 0);
        set.block_on(runtime, task).unwrap();
        assert_eq!(steps.get(), 1000);
    });
}

#[test]
fn a_dropped_run_leaves_the_tasks_in_the_set() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let (open, gate) = oneshot::channel::<()>();
        let task = set.spawn_local(async move { gate.await.is_ok() });
        {
            let mut run = Box::pin(set.run_until(pending::<()>()));
            runtime.block_on(poll_fn(|cx| {
                assert!(run.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            }));
        }
        open.send(()).unwrap();
        assert!(set.block_on(runtime, task).unwrap());
    });
}

#[test]
fn a_set_that_always_has_work_lets_the_runtime_run() {
    on_each(|runtime| {
        let set = LocalSet::new();
        for _ in 0..100 {
            set.spawn_local(async {
                loop {
                    yield_now().await;
                }
            });
        }
        let other = runtime.spawn(async {
            yield_now().await;
            7
        });
        assert_eq!(set.block_on(runtime, other).unwrap(), 7);
    });
}

#[test]
fn a_local_task_has_a_budget_and_an_id() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let task = set.spawn_local(async {
            let budget = plies::task::coop::remaining();
            (budget.is_some(), plies::task::id())
        });
        let id = task.id();
        assert_eq!(set.block_on(runtime, task).unwrap(), (true, id));
        set.block_on(runtime, async { assert_eq!(plies::task::try_id(), None) });
    });
}

#[test]
fn a_panic_stays_in_its_task() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let panicking = set.spawn_local(async { panic!("of its own making") });
        let other = set.spawn_local(async { 7 });
        let error = set.block_on(runtime, panicking).unwrap_err();
        assert_eq!(message(&*error.into_panic()), "of its own making");
        assert_eq!(set.block_on(runtime, other).unwrap(), 7);
    });
}

#[test]
fn dropping_the_set_drops_its_tasks_here() {
    on_each(|runtime| {
        let drops = Drops::default();
        let set = LocalSet::new();
        let handles: Vec<_> = (0..20)
            .map(|number| {
                let dropped = drops.witness();
                let task = set.spawn_local(async move {
                    let _here = Rc::new(dropped);
                    pending::<()>().await
                });
                if number == 9 {
                    // The first ten have been polled, the others have not.
                    set.block_on(runtime, yield_now());
                }
                task
            })
            .collect();
        drop(set);
        assert_eq!(drops.count(), 20);
        for handle in handles {
            assert!(runtime.block_on(handle).unwrap_err().is_cancelled());
        }
    });
}

/// Spawns a local task when it is dropped.
struct SpawnsAtDrop(Rc<RefCell<Vec<plies::task::JoinHandle<()>>>>);

impl Drop for SpawnsAtDrop {
    fn drop(&mut self) {
        let task = spawn_local(pending());
        self.0.borrow_mut().push(task);
    }
}

#[test]
fn what_a_destructor_spawns_on_a_dropped_set_is_cancelled() {
    on_each(|runtime| {
        let spawned = Rc::new(RefCell::new(Vec::new()));
        let set = LocalSet::new();
        let spawns = SpawnsAtDrop(spawned.clone());
        set.spawn_local(async move {
            let _spawns = spawns;
            pending::<()>().await
        });
        set.block_on(runtime, yield_now());
        drop(set);
        let late = spawned.borrow_mut().pop().unwrap();
        assert!(runtime.block_on(late).unwrap_err().is_cancelled());
    });
}

#[test]
fn what_is_spawned_under_a_guard_that_outlives_the_set_is_cancelled() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let entered = set.enter();
        drop(set);
        let late = spawn_local(async {});
        drop(entered);
        assert!(runtime.block_on(late).unwrap_err().is_cancelled());
    });
}

#[test]
fn wakes_from_other_threads_race_with_the_drop_of_the_set() {
    on_each(|runtime| {
        for _ in 0..100 {
            let drops = Drops::default();
            let wakers = Rc::new(RefCell::new(Vec::<Waker>::new()));
            let set = LocalSet::new();
            for _ in 0..8 {
                let (wakers, dropped) = (wakers.clone(), drops.witness());
                set.spawn_local(async move {
                    let _dropped = dropped;
                    poll_fn::<(), _>(|cx| {
                        wakers.borrow_mut().push(cx.waker().clone());
                        Poll::Pending
                    })
                    .await;
                });
            }
            set.block_on(runtime, yield_now());
            let wakers = wakers.take();
            let waking = std::thread::spawn(move || wakers.into_iter().for_each(Waker::wake));
            drop(set);
            assert_eq!(drops.count(), 8);
            waking.join().unwrap();
        }
    });
}

#[test]
fn local_tasks_join_a_set() {
    on_each(|runtime| {
        let set = LocalSet::new();
        set.block_on(runtime, async {
            let mut tasks = JoinSet::new();
            let number = Rc::new(3);
            for _ in 0..4 {
                let number = number.clone();
                tasks.spawn_local(async move { number });
            }
            tasks
                .build_task()
                .name("fifth")
                .spawn_local(async { Rc::new(3) })
                .unwrap();
            tasks.spawn_local_on(async { Rc::new(3) }, &set);
            assert_eq!(tasks.join_all().await.iter().map(|n| **n).sum::<i32>(), 18);
        });
    });
}

#[test]
fn outside_of_a_set_spawn_local_says_what_to_do() {
    let panic = catch_unwind(|| spawn_local(async {})).unwrap_err();
    assert!(message(&*panic).contains("call it inside `LocalSet::run_until`"));
}

#[test]
fn sets_have_ids_of_their_own() {
    assert_ne!(LocalSet::new().id(), LocalSet::new().id());
}

#[test]
fn a_local_runtime_runs_local_and_other_tasks() {
    let runtime = LocalRuntime::new().unwrap();
    let early = runtime.spawn_local(async { Rc::new(1) });
    let sum = runtime.block_on(async {
        let local = spawn_local(async { Rc::new(2) });
        // A task that is `Send` spawns one that is not: it is on the same thread.
        let nested = plies::spawn(async {
            let (send, receive) = oneshot::channel();
            spawn_local(async move { send.send(*Rc::new(3)).unwrap() });
            receive.await.unwrap()
        });
        let blocking = plies::task::spawn_blocking(|| 4);
        *early.await.unwrap()
            + *local.await.unwrap()
            + nested.await.unwrap()
            + blocking.await.unwrap()
    });
    assert_eq!(sum, 10);
}

#[test]
fn a_local_runtime_has_timers() {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .build_local(LocalOptions::default())
        .unwrap();
    runtime.block_on(async {
        let start = plies::time::Instant::now();
        let task = spawn_local(plies::time::sleep(Duration::from_secs(3600)));
        task.await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 3600);
    });
}

#[test]
fn a_local_runtime_drops_and_counts_its_tasks() {
    let drops = Drops::default();
    let runtime = LocalRuntime::new().unwrap();
    // With their handles kept: a task that nobody could wake or join would be dropped at once.
    let local: Vec<_> = (0..3)
        .map(|_| {
            let dropped = drops.witness();
            runtime.spawn_local(async move {
                let _dropped = Rc::new(dropped);
                pending::<()>().await
            })
        })
        .collect();
    let other = runtime.handle().spawn(pending::<()>());
    runtime.block_on(yield_now());
    let report = runtime.shutdown_timeout(Duration::from_secs(10));
    assert_eq!(drops.count(), 3);
    assert_eq!(report.tasks_dropped, 4);
    assert!(other.is_finished() && local.iter().all(|task| task.is_finished()));
}

/// Asks, when it is dropped, whether a runtime is current.
struct AsksAtDrop(Arc<AtomicUsize>);

impl Drop for AsksAtDrop {
    fn drop(&mut self) {
        if plies::runtime::Handle::try_current().is_ok() {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[test]
fn destructors_of_local_tasks_find_their_runtime() {
    let found = Arc::new(AtomicUsize::new(0));
    let runtime = LocalRuntime::new().unwrap();
    let asks = AsksAtDrop(found.clone());
    runtime.spawn_local(async move {
        let _asks = asks;
        pending::<()>().await
    });
    drop(runtime);
    assert_eq!(found.load(Ordering::SeqCst), 1);
}

#[test]
fn a_local_runtime_of_several_workers_is_refused() {
    let build = || Builder::new_multi_thread().build_local(LocalOptions::default());
    let panic = catch_unwind(build).unwrap_err();
    assert!(message(&*panic).contains("Builder::new_current_thread()"));
}
