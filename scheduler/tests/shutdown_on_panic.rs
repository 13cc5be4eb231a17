//! An executor that is built to end when a task panics.

mod util;

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use plies_scheduler::{CurrentThread, WorkStealing, block_on};
use util::builder;

fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    payload.downcast_ref::<&str>().expect("a panic with a text")
}

fn current_thread() -> CurrentThread {
    CurrentThread::builder()
        .shutdown_on_panic(true)
        .build_current_thread()
}

#[test]
fn block_on_panics_and_every_task_is_dropped() {
    let executor = current_thread();
    let waiting = executor.handle().spawn(pending::<()>());
    let guilty = executor.handle().spawn(async { panic!("guilty") });
    let later = executor.handle().spawn(async {});
    let blocked = catch_unwind(AssertUnwindSafe(|| executor.block_on(pending::<()>())));
    assert!(message(&*blocked.unwrap_err()).contains("a task panicked"));
    // Those that never ran too, and nobody has shut the executor down yet.
    assert!(waiting.is_finished() && later.is_finished());
    assert!(block_on(waiting).unwrap_err().is_cancelled());
    assert!(block_on(later).unwrap_err().is_cancelled());
    assert_eq!(
        message(&*block_on(guilty).unwrap_err().into_panic()),
        "guilty"
    );
}

#[test]
fn it_is_over_for_later_calls_too() {
    let executor = current_thread();
    executor.handle().spawn(async { panic!("guilty") });
    for _ in 0..2 {
        let blocked = catch_unwind(AssertUnwindSafe(|| executor.block_on(pending::<()>())));
        assert!(blocked.is_err());
        let late = executor.handle().spawn(async {});
        assert!(block_on(late).unwrap_err().is_cancelled());
    }
}

#[test]
fn a_thread_that_waits_to_drive_panics_too() {
    let executor = current_thread();
    let (sender, driving) = mpsc::channel();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            let wait = async {
                sender.send(()).unwrap();
                pending::<()>().await;
            };
            catch_unwind(AssertUnwindSafe(|| executor.block_on(wait)))
        });
        driving.recv().unwrap();
        let second =
            scope.spawn(|| catch_unwind(AssertUnwindSafe(|| executor.block_on(pending::<()>()))));
        executor.handle().spawn(async { panic!("guilty") });
        assert!(first.join().unwrap().is_err());
        assert!(second.join().unwrap().is_err());
    });
}

#[test]
fn a_pool_drops_its_tasks() {
    for workers in [1, 4] {
        let pool = builder(workers, WorkStealing::new())
            .shutdown_on_panic(true)
            .build()
            .unwrap();
        let waiting: Vec<_> = (0..10)
            .map(|_| pool.handle().spawn(pending::<()>()))
            .collect();
        let guilty = pool.handle().spawn(async { panic!("guilty") });
        assert!(block_on(guilty).unwrap_err().is_panic());
        for task in waiting {
            assert!(block_on(task).unwrap_err().is_cancelled());
        }
        assert!(pool.handle().is_closed());
        assert_eq!(pool.shutdown(Duration::from_secs(60)).workers_left, 0);
    }
}

#[test]
fn by_default_a_panic_ends_its_task_only() {
    let executor = CurrentThread::builder().build_current_thread();
    executor.handle().spawn(async { panic!("nobody cares") });
    let other = executor.handle().spawn(async { 7 });
    assert_eq!(executor.block_on(other).unwrap(), 7);
}
