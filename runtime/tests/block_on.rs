//! `block_on`, entering, and being outside of any runtime.

mod util;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;

use plies::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use plies::sync::oneshot;
use util::{location_of_panic, message, on_each, runtimes, workers};

#[test]
fn block_on_inside_a_runtime_panics_and_says_what_to_do() {
    on_each(|runtime| {
        let handle = runtime.handle().clone();
        let nested = runtime.spawn(async move { handle.block_on(async {}) });
        let error = runtime.block_on(nested).unwrap_err();
        let text = message(&*error.into_panic()).to_owned();
        assert!(text.contains("`.await` the future"), "{text}");

        let nested = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async { runtime.block_on(async {}) });
        }));
        assert!(message(&*nested.unwrap_err()).contains("spawn_blocking"));
        // The thread is free again.
        assert_eq!(runtime.block_on(async { 7 }), 7);
    });
}

#[test]
fn block_on_another_runtime_inside_a_runtime_panics_too() {
    on_each(|runtime| {
        let nested = runtime.spawn(async { workers(1).block_on(async {}) });
        assert!(runtime.block_on(nested).unwrap_err().is_panic());
    });
}

#[test]
fn a_blocking_job_may_block_on_a_future() {
    on_each(|runtime| {
        let job = runtime.spawn_blocking(|| Handle::current().block_on(plies::spawn(async { 7 })));
        assert_eq!(runtime.block_on(job).unwrap().unwrap(), 7);
    });
}

#[test]
fn a_panic_of_the_future_passes_through_and_leaves_the_runtime_usable() {
    on_each(|runtime| {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async { panic!("mine") })
        }));
        assert_eq!(message(&*caught.unwrap_err()), "mine");
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
    });
}

#[test]
fn several_threads_block_on_one_runtime() {
    on_each(|runtime| {
        let barrier = Barrier::new(3);
        std::thread::scope(|scope| {
            for number in 0..3 {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    for _ in 0..50 {
                        let task = runtime.spawn(async move {
                            plies::task::yield_now().await;
                            number
                        });
                        assert_eq!(runtime.block_on(task).unwrap(), number);
                    }
                });
            }
        });
    });
}

#[test]
fn a_handle_blocks_on_from_another_thread() {
    on_each(|runtime| {
        let (done, finished) = oneshot::channel();
        let handle = runtime.handle().clone();
        let thread = std::thread::spawn(move || {
            let task = handle.spawn(async { 7 });
            done.send(handle.block_on(task).unwrap()).unwrap();
        });
        assert_eq!(runtime.block_on(finished), Ok(7));
        thread.join().unwrap();
    });
}

#[test]
fn outside_of_a_runtime_the_error_says_what_to_do() {
    let error = Handle::try_current().unwrap_err();
    assert!(error.is_missing_context() && !error.is_thread_local_destroyed());
    assert!(error.to_string().contains("Handle::enter"), "{error}");
}

#[test]
fn entering_makes_a_runtime_current_and_leaving_puts_the_previous_back() {
    let (first, second) = (workers(1), Builder::new_current_thread().build().unwrap());
    let outer = first.enter();
    {
        let _inner = second.enter();
        assert_eq!(Handle::current().id(), second.handle().id());
        assert_eq!(
            Handle::current().runtime_flavor(),
            RuntimeFlavor::CurrentThread
        );
    }
    assert_eq!(Handle::current().id(), first.handle().id());
    assert_eq!(
        Handle::current().runtime_flavor(),
        RuntimeFlavor::MultiThread
    );
    drop(outer);
    assert!(Handle::try_current().is_err());
}

#[test]
fn timers_and_sockets_made_in_an_entered_thread_work_there() {
    for (name, runtime) in runtimes() {
        if name == "current_thread" {
            continue; // Nobody would drive it.
        }
        let _entered = runtime.enter();
        let sleep = plies::time::sleep(std::time::Duration::from_millis(1));
        plies_scheduler::block_on(sleep);
    }
}

#[test]
fn a_runtime_has_the_name_it_was_given() {
    let runtime = Builder::new_current_thread().name("mine").build().unwrap();
    assert_eq!(runtime.handle().name(), Some("mine"));
    assert_eq!(workers(1).handle().name(), None);
}

#[test]
fn panics_that_are_the_callers_fault_point_at_the_callers_line() {
    type Fault = fn();
    let faults: [(&str, Fault); 15] = [
        ("no workers", || {
            _ = Builder::new_multi_thread().worker_threads(0)
        }),
        ("no blocking threads", || {
            _ = Builder::new_multi_thread().max_blocking_threads(0)
        }),
        ("event interval", || {
            _ = Builder::new_multi_thread().event_interval(0)
        }),
        ("paused workers", || {
            drop(Builder::new_multi_thread().start_paused(true).build())
        }),
        ("spawn outside", || drop(plies::spawn(async {}))),
        ("current outside", || drop(Handle::current())),
        ("sleep outside", || {
            drop(plies::time::sleep(std::time::Duration::ZERO))
        }),
        ("id outside", || _ = plies::task::id()),
        ("spawn_local outside", || {
            drop(plies::task::spawn_local(async {}))
        }),
        ("joining outside", || {
            _ = plies::task::JoinSet::new().spawn(async {})
        }),
        ("building outside", || {
            drop(plies::task::Builder::new().spawn(async {}))
        }),
        ("starting a process outside", || {
            drop(plies::process::Command::new("true").spawn())
        }),
        ("local on several workers", || {
            drop(Builder::new_multi_thread().build_local(Default::default()))
        }),
        ("no buffer", || {
            let file = std::fs::File::open("Cargo.toml").unwrap();
            plies::fs::File::from_std(file).set_max_buf_size(0);
        }),
        ("nested", || {
            let runtime = Runtime::new().unwrap();
            runtime.block_on(async { runtime.block_on(async {}) });
        }),
    ];
    for (name, fault) in faults {
        let file = location_of_panic(fault);
        assert!(file.ends_with("block_on.rs"), "{name}: {file}");
    }
}

#[test]
fn guards_of_enter_are_dropped_in_reverse_order() {
    let first = workers(1);
    let second = Builder::new_current_thread().build().unwrap();
    let outer = first.enter();
    let inner = second.enter();
    assert_eq!(Handle::current().id(), second.handle().id());
    drop(inner);
    assert_eq!(Handle::current().id(), first.handle().id());
    drop(outer);
    assert!(Handle::try_current().is_err());

    // On a thread of its own, which stays in a runtime.
    let out_of_order = std::thread::spawn(move || {
        let outer = first.enter();
        let _inner = second.enter();
        let caught = catch_unwind(AssertUnwindSafe(|| drop(outer)));
        message(&*caught.unwrap_err()).to_owned()
    });
    let text = out_of_order.join().unwrap();
    assert!(text.contains("out of order"), "{text}");
}
