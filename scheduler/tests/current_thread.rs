//! The executor without threads of its own.

mod util;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plies_scheduler::{CurrentThread, Fifo, Handle, block_on};
use util::{Gate, Looks, YieldNow};

fn executor() -> CurrentThread {
    CurrentThread::builder().build_current_thread()
}

#[test]
fn tasks_run_on_the_calling_thread() {
    let executor = executor();
    let task = executor
        .handle()
        .spawn(async { std::thread::current().id() });
    let here = std::thread::current().id();
    assert_eq!(executor.block_on(task).unwrap(), here);
}

#[test]
fn spawned_tasks_go_on_in_the_next_call() {
    let executor = executor();
    let gate = Gate::default();
    let task = executor.handle().spawn({
        let gate = gate.clone();
        async move {
            gate.passed().await;
            7
        }
    });
    executor.block_on(YieldNow::default());
    gate.open();
    assert_eq!(executor.block_on(task).unwrap(), 7);
}

#[test]
fn a_wake_from_another_thread_ends_its_sleep() {
    let executor = executor();
    let gate = Gate::default();
    let opener = std::thread::spawn({
        let gate = gate.clone();
        move || {
            util::wait_until(|| gate.waiting() == 2);
            gate.open();
        }
    });
    let task = executor.handle().spawn({
        let gate = gate.clone();
        async move { gate.passed().await }
    });
    executor.block_on(async {
        gate.passed().await;
        task.await.unwrap();
    });
    opener.join().unwrap();
}

#[test]
fn tasks_spawned_from_other_threads_run() {
    let executor = executor();
    let count = Arc::new(AtomicUsize::new(0));
    let done = Gate::default();
    let spawner = std::thread::spawn({
        let (handle, count, done) = (executor.handle().clone(), count.clone(), done.clone());
        move || {
            for _ in 0..100 {
                let (count, done) = (count.clone(), done.clone());
                handle
                    .spawn(async move {
                        if count.fetch_add(1, Ordering::SeqCst) == 99 {
                            done.open();
                        }
                    })
                    .detach();
            }
        }
    });
    executor.block_on(done.passed());
    spawner.join().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 100);
}

#[test]
fn block_on_inside_a_task_drives_the_others() {
    let executor = Arc::new(executor());
    let inner = executor.clone();
    let outer = executor.handle().spawn(async move {
        let task = Handle::current().spawn(async { 5 });
        inner.block_on(task).unwrap() + 1
    });
    assert_eq!(executor.block_on(outer).unwrap(), 6);
}

#[test]
fn a_second_thread_waits_and_takes_over() {
    let executor = Arc::new(executor());
    let (first_in, second) = (Gate::default(), Gate::default());
    let driver = std::thread::spawn({
        let (executor, first_in, second) = (executor.clone(), first_in.clone(), second.clone());
        move || {
            executor.block_on(async {
                first_in.open();
                second.passed().await;
            });
        }
    });
    first_in.block();
    // The first thread leaves as soon as this future opens the door; only this thread is left to
    // drive the task then.
    let value = executor.block_on(async {
        second.open();
        let yielding = executor.handle().spawn(async {
            for _ in 0..100 {
                YieldNow::default().await;
            }
            9
        });
        yielding.await.unwrap()
    });
    assert_eq!(value, 9);
    driver.join().unwrap();
}

#[test]
fn a_panic_of_the_main_future_leaves_the_executor_usable() {
    let executor = executor();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        executor.block_on(async { panic!("main") })
    }));
    assert!(result.is_err());
    let task = executor.handle().spawn(async { 1 });
    assert_eq!(executor.block_on(task).unwrap(), 1);
}

#[test]
fn the_main_future_and_ready_tasks_share_the_thread() {
    let executor = CurrentThread::builder()
        .scheduler(Fifo::new())
        .build_current_thread();
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = polls.clone();
    executor
        .handle()
        .spawn(async move {
            loop {
                counted.fetch_add(1, Ordering::Relaxed);
                YieldNow::default().await;
            }
        })
        .detach();
    executor.block_on(async {
        for _ in 0..100 {
            YieldNow::default().await;
        }
    });
    assert!(
        polls.load(Ordering::Relaxed) >= 100,
        "the main future starved the task"
    );
}

#[test]
fn one_executor_inside_another() {
    let outer = executor();
    let task = outer.handle().spawn(async {
        let inner = executor();
        let task = inner.handle().spawn(async { 2 });
        inner.block_on(task).unwrap()
    });
    assert_eq!(outer.block_on(task).unwrap(), 2);
    let nested = outer.handle().spawn(async { block_on(async { 3 }) });
    assert_eq!(outer.block_on(nested).unwrap(), 3);
}

#[test]
fn a_main_future_that_wakes_itself_does_not_keep_the_driver_waiting() {
    let looks = Arc::new(Looks::default());
    let driver = looks.clone();
    let executor = CurrentThread::builder()
        .driver(move |_| driver.clone())
        .event_interval(10)
        .build_current_thread();
    executor.block_on(async {
        for _ in 0..1000 {
            YieldNow::default().await;
        }
    });
    assert_eq!(looks.polls(), 100);
}
