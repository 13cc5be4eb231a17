//! The end of a runtime: every future is dropped, the wait is bounded, and the report is true.

mod util;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use plies::runtime::{Builder, Handle};
use plies::sync::{Notify, oneshot};
use util::{Drops, runtimes, workers};

/// Far more than any step here takes.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn dropping_the_runtime_drops_every_pending_future() {
    for (name, runtime) in runtimes() {
        let drops = Drops::default();
        let notify = Arc::new(Notify::new());
        for number in 0..300 {
            let (dropped, notify) = (drops.witness(), notify.clone());
            drop(runtime.spawn(async move {
                let _dropped = dropped;
                match number % 3 {
                    0 => pending().await,
                    1 => plies::time::sleep(LONG).await,
                    _ => notify.notified().await,
                }
            }));
        }
        // Some have been polled by now, others not.
        runtime.block_on(plies::task::yield_now());
        drop(runtime);
        assert_eq!(drops.count(), 300, "on {name}");
    }
}

#[test]
fn tasks_that_hold_each_others_handles_are_dropped() {
    for (name, runtime) in runtimes() {
        let drops = Drops::default();
        let (to_second, from_first) = oneshot::channel();
        let (to_first, from_second) = oneshot::channel();
        for (send, receive) in [(to_second, from_second), (to_first, from_first)] {
            let dropped = drops.witness();
            drop(runtime.spawn(async move {
                let _dropped = dropped;
                let received = receive.await;
                let _ = send.send(());
                drop(received);
            }));
        }
        runtime.block_on(plies::task::yield_now());
        drop(runtime);
        assert_eq!(drops.count(), 2, "on {name}");
    }
}

#[test]
fn futures_are_dropped_inside_their_runtime() {
    struct SpawnsInDrop(oneshot::Sender<bool>);
    impl Drop for SpawnsInDrop {
        fn drop(&mut self) {
            let here = Handle::try_current().is_ok();
            let (send, _) = oneshot::channel();
            let send = std::mem::replace(&mut self.0, send);
            let cancelled = plies::spawn(async {});
            drop(cancelled);
            send.send(here).unwrap();
        }
    }
    for (name, runtime) in runtimes() {
        let (send, mut receive) = oneshot::channel();
        let witness = SpawnsInDrop(send);
        drop(runtime.spawn(async move {
            let _witness = witness;
            pending::<()>().await;
        }));
        runtime.block_on(plies::task::yield_now());
        drop(runtime);
        assert_eq!(receive.try_recv(), Ok(true), "on {name}");
    }
}

#[test]
fn the_report_counts_what_was_dropped() {
    for (name, runtime) in runtimes() {
        let waiting: Vec<_> = (0..20).map(|_| runtime.spawn(pending::<()>())).collect();
        runtime.block_on(plies::task::yield_now());
        let report = runtime.shutdown_timeout(LONG);
        assert_eq!(report.tasks_dropped, 20, "on {name}");
        let left = (report.workers_left, report.blocking_jobs_left);
        assert_eq!(left, (0, 0), "on {name}");
        assert!(waiting.iter().all(|task| task.is_finished()));
    }
}

#[test]
fn what_is_spawned_after_the_end_is_cancelled() {
    for (name, runtime) in runtimes() {
        let handle = runtime.handle().clone();
        drop(runtime);
        let task = handle.spawn(async {});
        assert!(
            handle.block_on(task).unwrap_err().is_cancelled(),
            "on {name}"
        );
        let job = handle.spawn_blocking(|| ());
        assert!(
            handle.block_on(job).unwrap_err().is_cancelled(),
            "on {name}"
        );
    }
}

#[test]
fn a_task_that_was_pending_is_cancelled_for_its_joiner() {
    for (name, runtime) in runtimes() {
        let handle = runtime.handle().clone();
        let task = runtime.spawn(pending::<()>());
        drop(runtime);
        assert!(
            handle.block_on(task).unwrap_err().is_cancelled(),
            "on {name}"
        );
    }
}

#[test]
fn a_task_may_drop_its_own_runtime() {
    let runtime = Arc::new(workers(2));
    let (send, receive) = std::sync::mpsc::channel();
    let own = runtime.clone();
    drop(runtime.spawn(async move {
        plies::task::yield_now().await;
        // The last reference, once the main thread has dropped its own.
        while Arc::strong_count(&own) > 1 {
            plies::task::yield_now().await;
        }
        drop(own);
        send.send("went on").unwrap();
    }));
    drop(runtime);
    assert_eq!(receive.recv(), Ok("went on"));
}

#[test]
fn a_runtime_dropped_inside_another_does_not_block_it() {
    let outer = workers(1);
    outer.block_on(async {
        let inner = workers(1);
        let stuck = Arc::new(AtomicBool::new(true));
        let (started, start) = oneshot::channel();
        drop(inner.spawn({
            let stuck = stuck.clone();
            async move {
                started.send(()).unwrap();
                while stuck.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
            }
        }));
        start.await.unwrap();
        // This would wait for `stuck` to change, which happens after it.
        drop(inner);
        stuck.store(false, Ordering::SeqCst);
    });
}

#[test]
fn a_worker_that_is_stuck_is_left_behind_and_reported() {
    let runtime = workers(2);
    let stuck = Arc::new(AtomicBool::new(true));
    let (started, start) = oneshot::channel();
    drop(runtime.spawn({
        let stuck = stuck.clone();
        async move {
            started.send(()).unwrap();
            while stuck.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        }
    }));
    runtime.block_on(start).unwrap();
    let report = runtime.shutdown_timeout(Duration::from_millis(20));
    // The other worker may not have got there yet, and a spare may have come.
    assert!(report.workers_left >= 1);
    stuck.store(false, Ordering::SeqCst);
}

#[test]
fn blocking_jobs_are_waited_for_or_reported() {
    for (wait, left) in [(LONG, 0), (Duration::from_millis(20), 1)] {
        let runtime = Builder::new_current_thread().build().unwrap();
        let (started, start) = oneshot::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        drop(runtime.spawn_blocking(move || {
            started.send(()).unwrap();
            let _ = released.recv();
        }));
        runtime.block_on(start).unwrap();
        if left == 0 {
            release.send(()).unwrap();
        }
        let report = runtime.shutdown_timeout(wait);
        assert_eq!(report.blocking_jobs_left, left);
    }
}

#[test]
fn blocking_jobs_that_wait_for_a_thread_are_dropped() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let handle = runtime.handle().clone();
    let (started, start) = oneshot::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let running = runtime.spawn_blocking(move || {
        started.send(()).unwrap();
        let _ = released.recv();
        "finished"
    });
    runtime.block_on(start).unwrap();
    let waiting = runtime.spawn_blocking(|| "never begins");
    assert_eq!(runtime.metrics().blocking_queue_depth(), 1);
    assert_eq!(runtime.shutdown_background().blocking_jobs_left, 1);
    assert!(handle.block_on(waiting).unwrap_err().is_cancelled());
    release.send(()).unwrap();
    assert_eq!(handle.block_on(running).unwrap(), "finished");
}
