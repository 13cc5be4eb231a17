//! `block_in_place`: who may, what goes on meanwhile, and what is as before afterwards.

mod util;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::{TcpListener, TcpStream};
use plies::runtime::{Builder, Handle, LocalRuntime, Runtime};
use plies::scheduler::Pinned;
use plies::task::{self, LocalSet, block_in_place, coop};
use util::{message, workers};

/// The text that `f` panics with.
fn panic_message<T>(f: impl FnOnce() -> T) -> String {
    let panicked = catch_unwind(AssertUnwindSafe(f));
    let Err(payload) = panicked else {
        panic!("it did not panic");
    };
    message(&*payload).to_owned()
}

#[test]
fn other_tasks_sockets_and_timers_go_on() {
    let runtime = workers(1);
    let task = runtime.spawn(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, told) = mpsc::channel();
        plies::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            plies::time::sleep(Duration::from_millis(1)).await;
            stream.write_all(b"served").await.unwrap();
        });
        plies::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).await.unwrap();
            tell.send(text).unwrap();
        });
        block_in_place(|| told.recv().unwrap())
    });
    assert_eq!(runtime.block_on(task).unwrap(), "served");
}

#[test]
fn block_on_is_allowed_inside_with_everything_of_the_runtime() {
    let runtime = workers(1);
    let task = runtime.spawn(async {
        let mut nested = block_in_place(|| {
            Handle::current().block_on(async {
                plies::time::sleep(Duration::from_millis(1)).await;
                let spawned = plies::spawn(async { 20 }).await.unwrap();
                // Nested in a `block_on` that is nested in the first.
                let blocked = block_in_place(|| Handle::current().block_on(async { 21 }));
                spawned + blocked
            })
        });
        // It is a worker again.
        nested += plies::spawn(async { 1 }).await.unwrap();
        plies::time::sleep(Duration::from_millis(1)).await;
        nested
    });
    assert_eq!(runtime.block_on(task).unwrap(), 42);
}

#[test]
fn a_thread_in_block_on_of_several_workers_may() {
    let runtime = workers(1);
    let sum = runtime.block_on(async {
        let first = block_in_place(|| {
            Handle::current()
                .block_on(plies::spawn(async { 3 }))
                .unwrap()
        });
        first + plies::spawn(async { 4 }).await.unwrap()
    });
    assert_eq!(sum, 7);
}

#[test]
fn another_runtime_can_be_used_and_dropped_inside() {
    let runtime = workers(1);
    let task = runtime.spawn(async {
        let inner = block_in_place(|| {
            let runtime = Builder::new_current_thread().build().unwrap();
            runtime.block_on(async { plies::spawn(async { 7 }).await.unwrap() })
        });
        task::yield_now().await;
        inner
    });
    assert_eq!(runtime.block_on(task).unwrap(), 7);
}

#[test]
fn outside_and_on_blocking_threads_it_just_runs() {
    assert_eq!(block_in_place(|| 7), 7);
    util::on_each(|runtime| {
        let job = runtime.spawn_blocking(|| block_in_place(|| 7));
        assert_eq!(runtime.block_on(job).unwrap(), 7);
    });
}

fn assert_refused(text: &str) {
    assert!(text.contains("`block_in_place`"), "{text}");
    assert!(text.contains("spawn_blocking"), "{text}");
}

#[test]
fn a_current_thread_runtime_refuses() {
    let runtime = Builder::new_current_thread().build().unwrap();
    assert_refused(&panic_message(|| {
        runtime.block_on(async { block_in_place(|| ()) })
    }));
    let task = runtime.spawn(async { block_in_place(|| ()) });
    let panic = runtime.block_on(task).unwrap_err().into_panic();
    assert_refused(message(&*panic));
    let local = LocalRuntime::new().unwrap();
    assert_refused(&panic_message(|| {
        local.block_on(async { block_in_place(|| ()) })
    }));
}

#[test]
fn a_local_set_refuses_on_every_runtime() {
    util::on_each(|runtime| {
        let set = LocalSet::new();
        let task = set.spawn_local(async { block_in_place(|| ()) });
        let panic = set.block_on(runtime, task).unwrap_err().into_panic();
        assert_refused(message(&*panic));
        // The set is not in the way once it is done.
        runtime.block_on(async {});
    });
}

#[test]
fn a_runtime_that_refuses_inside_of_one_that_does_not() {
    let runtime = workers(1);
    let task = runtime.spawn(async {
        block_in_place(|| {
            let inner = Builder::new_current_thread().build().unwrap();
            panic_message(|| inner.block_on(async { block_in_place(|| ()) }))
        })
    });
    assert_refused(&runtime.block_on(task).unwrap());
}

#[test]
fn the_budget_is_unlimited_inside_and_as_before_afterwards() {
    let runtime = workers(1);
    let task = runtime.spawn(async {
        coop::consume_budget().await;
        let before = coop::remaining();
        assert!(before.is_some());
        block_in_place(|| assert_eq!(coop::remaining(), None));
        assert_eq!(coop::remaining(), before);
    });
    runtime.block_on(task).unwrap();
}

#[test]
fn a_panic_leaves_the_worker_as_it_was() {
    let runtime = workers(1);
    let task = runtime.spawn(async { block_in_place(|| panic!("inside")) });
    assert!(runtime.block_on(task).unwrap_err().is_panic());
    let task = runtime.spawn(async {
        plies::time::sleep(Duration::from_millis(1)).await;
        // A thread that took itself for one that may block would allow it.
        panic_message(|| Handle::current().block_on(async {}))
    });
    assert!(runtime.block_on(task).unwrap().contains("`block_on`"));
}

#[test]
fn a_runtime_can_be_dropped_inside_one_of_its_own_tasks() {
    let runtime = workers(2);
    let handle = runtime.handle().clone();
    let (tell, told) = mpsc::channel();
    handle.spawn(async move {
        let report = block_in_place(|| runtime.shutdown_timeout(Duration::from_secs(3600)));
        tell.send(report.workers_left).unwrap();
    });
    assert_eq!(told.recv().unwrap(), 1);
}

#[test]
fn every_worker_at_once_and_again() {
    let runtime = workers(4);
    for _ in 0..20 {
        let (arrive, arrived) = mpsc::channel();
        let doors: Vec<_> = (0..8)
            .map(|_| {
                let (open, door) = mpsc::channel::<()>();
                let arrive = arrive.clone();
                let task = runtime.spawn(async move {
                    block_in_place(|| {
                        arrive.send(()).unwrap();
                        let _ = door.recv();
                    });
                });
                (open, task)
            })
            .collect();
        // Eight are in it at the same time, on four workers.
        (0..8).for_each(|_| arrived.recv().unwrap());
        runtime.block_on(runtime.spawn(async {})).unwrap();
        for (open, task) in doors {
            drop(open);
            runtime.block_on(task).unwrap();
        }
    }
}

#[test]
fn pinned_workers_have_their_timers_served() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .scheduler(Pinned::new)
        .build()
        .unwrap();
    let task = runtime.spawn(async {
        // The timer is this worker's, and so is the reactor that it belongs to.
        block_in_place(|| Handle::current().block_on(plies::time::sleep(Duration::from_millis(1))));
    });
    runtime.block_on(task).unwrap();
}

/// Takes a thread of its own to see that nothing hangs when both end at once.
#[test]
fn it_may_race_with_the_end_of_the_runtime() {
    for _ in 0..50 {
        let runtime: Runtime = workers(2);
        for _ in 0..4 {
            runtime.spawn(async {
                loop {
                    block_in_place(std::thread::yield_now);
                    task::yield_now().await;
                }
            });
        }
        let report = runtime.shutdown_timeout(Duration::from_secs(3600));
        assert_eq!(report.workers_left, 0);
    }
}
