//! The blocking pool: jobs run, in bounds, on threads that come and go.

mod util;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

use plies::runtime::{Builder, Handle};
use plies::task::spawn_blocking;
use util::{Drops, message, on_each, spawn_on_each};

#[test]
fn jobs_return_their_values_from_other_threads() {
    spawn_on_each(|| async {
        let here = std::thread::current().id();
        let jobs: Vec<_> = (0..100)
            .map(|number| spawn_blocking(move || (number, std::thread::current().id())))
            .collect();
        for (number, job) in jobs.into_iter().enumerate() {
            let (returned, thread) = job.await.unwrap();
            assert_eq!(returned, number);
            assert_ne!(thread, here);
        }
    });
}

#[test]
fn a_panic_in_a_job_reaches_its_joiner_and_the_thread_goes_on() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    for _ in 0..3 {
        let panics = runtime.spawn_blocking(|| panic!("in a job"));
        let error = runtime.block_on(panics).unwrap_err();
        assert_eq!(message(&*error.into_panic()), "in a job");
        let job = runtime.spawn_blocking(|| 7);
        assert_eq!(runtime.block_on(job).unwrap(), 7);
    }
}

#[test]
fn a_job_is_inside_its_runtime() {
    on_each(|runtime| {
        let id = runtime.handle().id();
        let job = runtime.spawn_blocking(|| {
            plies::spawn(async {});
            Handle::current().id()
        });
        assert_eq!(runtime.block_on(job).unwrap(), id);
    });
}

#[test]
fn as_many_jobs_run_at_once_as_the_bound_allows_and_no_more() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(4)
        .build()
        .unwrap();
    let running = Arc::new(AtomicUsize::new(0));
    // Four at a time have to meet, or none of them goes on.
    let meeting = Arc::new(Barrier::new(4));
    let jobs: Vec<_> = (0..40)
        .map(|_| {
            let (running, meeting) = (running.clone(), meeting.clone());
            runtime.spawn_blocking(move || {
                assert!(running.fetch_add(1, Ordering::SeqCst) < 4);
                meeting.wait();
                running.fetch_sub(1, Ordering::SeqCst);
                // Nobody leaves to begin the next job while others count themselves.
                meeting.wait();
            })
        })
        .collect();
    for job in jobs {
        runtime.block_on(job).unwrap();
    }
    assert_eq!(runtime.metrics().num_blocking_threads(), 4);
}

#[test]
fn an_idle_thread_takes_the_next_job() {
    let runtime = Builder::new_current_thread().build().unwrap();
    for _ in 0..200 {
        runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
        while runtime.metrics().num_idle_blocking_threads() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(runtime.metrics().num_blocking_threads(), 1);
    }
}

#[test]
fn idle_threads_leave_and_others_come_when_needed() {
    let runtime = Builder::new_current_thread()
        .thread_keep_alive(Duration::from_millis(1))
        .build()
        .unwrap();
    for _ in 0..5 {
        let meeting = Arc::new(Barrier::new(8));
        let jobs: Vec<_> = (0..8)
            .map(|_| {
                let meeting = meeting.clone();
                runtime.spawn_blocking(move || meeting.wait())
            })
            .collect();
        for job in jobs {
            runtime.block_on(job).unwrap();
        }
        while runtime.metrics().num_blocking_threads() > 0 {
            std::thread::yield_now();
        }
    }
}

#[test]
fn jobs_from_many_threads_while_idle_ones_leave_are_all_run() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(3)
        .thread_keep_alive(Duration::ZERO)
        .build()
        .unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let count = count.clone();
                    let job = runtime.spawn_blocking(move || count.fetch_add(1, Ordering::SeqCst));
                    runtime.handle().block_on(job).unwrap();
                }
            });
        }
    });
    assert_eq!(count.load(Ordering::SeqCst), 2000);
}

#[test]
fn an_aborted_job_that_waits_is_dropped_and_one_that_runs_is_not_stopped() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (started, start) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let running = runtime.spawn_blocking(move || {
        started.send(()).unwrap();
        released.recv().unwrap();
        "to its end"
    });
    start.recv().unwrap();
    let drops = Drops::default();
    let dropped = drops.witness();
    let waiting = runtime.spawn_blocking(move || drop(dropped));
    waiting.abort();
    running.abort();
    release.send(()).unwrap();
    assert!(runtime.block_on(waiting).unwrap_err().is_cancelled());
    let ended = runtime.block_on(running);
    assert!(ended.is_ok_and(|said| said == "to its end"));
    assert_eq!(drops.count(), 1);
}

#[test]
fn threads_have_the_names_stacks_and_hooks_that_were_asked_for() {
    let (starts, stops) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (on_start, on_stop) = (starts.clone(), stops.clone());
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("named")
        .thread_stack_size(32 * 1024 * 1024)
        .on_thread_start(move || {
            on_start.fetch_add(1, Ordering::SeqCst);
        })
        .on_thread_stop(move || {
            on_stop.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    fn name_after_using_stack() -> String {
        // More than the default of two mebibytes.
        let block = std::hint::black_box([1_u8; 4 * 1024 * 1024]);
        assert_eq!(std::hint::black_box(block[block.len() / 2]), 1);
        std::thread::current().name().unwrap_or_default().to_owned()
    }
    let on_worker = runtime.spawn(async { name_after_using_stack() });
    assert_eq!(runtime.block_on(on_worker).unwrap(), "named");
    let on_blocking = runtime.spawn_blocking(name_after_using_stack);
    assert_eq!(runtime.block_on(on_blocking).unwrap(), "named");
    drop(runtime);
    let starts = starts.load(Ordering::SeqCst);
    // Two workers and a blocking thread; more, if a slow machine had a worker replaced.
    assert!(starts >= 3, "{starts}");
    assert_eq!(stops.load(Ordering::SeqCst), starts);
}
