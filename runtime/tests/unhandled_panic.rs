//! What a panic in a task means for its runtime, as the builder says.

mod util;

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use plies::runtime::{Builder, LocalOptions, Runtime, UnhandledPanic};
use plies::task::{JoinHandle, LocalSet, spawn_local, yield_now};
use util::{Drops, location_of_panic, message, on_each};

fn strict() -> Runtime {
    Builder::new_current_thread()
        .unhandled_panic(UnhandledPanic::ShutdownRuntime)
        .build()
        .unwrap()
}

/// The text of the panic that `f` ends in.
fn panic_of(f: impl FnOnce()) -> String {
    message(&*catch_unwind(AssertUnwindSafe(f)).unwrap_err()).to_owned()
}

#[test]
fn ignored_it_ends_its_task_only() {
    on_each(|runtime| {
        let guilty = runtime.spawn(async { panic!("guilty") });
        let other = runtime.spawn(async {
            yield_now().await;
            7
        });
        assert_eq!(runtime.block_on(other).unwrap(), 7);
        assert!(runtime.block_on(guilty).unwrap_err().is_panic());
    });
}

#[test]
fn otherwise_block_on_panics_now_and_later() {
    let runtime = strict();
    let drops = Drops::default();
    let witness = drops.witness();
    let waiting: JoinHandle<()> = runtime.spawn(async move {
        let _witness = witness;
        pending().await
    });
    let guilty = runtime.spawn(async { panic!("guilty") });
    let text = panic_of(|| runtime.block_on(pending()));
    assert!(text.contains("a task panicked"), "{text}");
    assert_eq!(drops.count(), 1);
    assert!(waiting.is_finished() && guilty.is_finished());
    assert!(panic_of(|| runtime.block_on(async {})).contains("a task panicked"));

    // The joiner has the task's own panic, on whatever runtime it waits.
    let elsewhere = util::workers(1);
    let error = elsewhere.block_on(guilty).unwrap_err();
    assert_eq!(message(&*error.into_panic()), "guilty");
    assert!(elsewhere.block_on(waiting).unwrap_err().is_cancelled());
    assert!(
        elsewhere
            .block_on(runtime.spawn(async {}))
            .unwrap_err()
            .is_cancelled()
    );
}

#[test]
fn a_panic_of_the_future_in_block_on_is_no_task_s() {
    let runtime = strict();
    assert_eq!(
        panic_of(|| runtime.block_on(async { panic!("mine") })),
        "mine"
    );
    assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
}

#[test]
fn a_panic_on_a_blocking_thread_is_its_joiner_s() {
    let runtime = strict();
    let job = runtime.spawn_blocking(|| panic!("mine"));
    assert!(runtime.block_on(job).unwrap_err().is_panic());
    assert_eq!(runtime.block_on(async { 7 }), 7);
}

#[test]
fn several_workers_cannot_be_shut_down_by_a_panic() {
    let file = location_of_panic(|| {
        Builder::new_multi_thread().unhandled_panic(UnhandledPanic::ShutdownRuntime);
    });
    assert!(file.ends_with("unhandled_panic.rs"), "{file}");
    Builder::new_multi_thread().unhandled_panic(UnhandledPanic::Ignore);
}

#[test]
fn a_local_set_drops_its_tasks_and_panics() {
    on_each(|runtime| {
        let drops = Drops::default();
        let witness = drops.witness();
        let mut set = LocalSet::new();
        set.unhandled_panic(UnhandledPanic::ShutdownRuntime);
        set.spawn_local(async move {
            let _witness = Rc::new(witness);
            pending::<()>().await
        });
        let guilty = set.spawn_local(async { panic!("guilty") });
        let text = panic_of(|| set.block_on(runtime, pending()));
        assert!(text.contains("a task panicked"), "{text}");
        assert_eq!(drops.count(), 1);
        let again = panic_of(|| set.block_on(runtime, pending()));
        assert!(again.contains("a task panicked"), "{again}");
        // The set is over, the runtime is not.
        assert!(runtime.block_on(guilty).unwrap_err().is_panic());
        let late = set.spawn_local(async {});
        assert!(runtime.block_on(late).unwrap_err().is_cancelled());
    });
}

#[test]
fn a_task_that_runs_its_own_set_is_not_waited_for() {
    on_each(|runtime| {
        let mut set = LocalSet::new();
        set.unhandled_panic(UnhandledPanic::ShutdownRuntime);
        let set = Rc::new(set);
        let own = set.clone();
        let nested = set.spawn_local(async move {
            yield_now().await; // It is among those that are dropped.
            spawn_local(async { panic!("guilty") });
            own.run_until(pending::<()>()).await;
        });
        let text = panic_of(|| set.block_on(runtime, pending()));
        assert!(text.contains("a task panicked"), "{text}");
        assert!(runtime.block_on(nested).unwrap_err().is_panic());
        assert_eq!(Rc::strong_count(&set), 1);
    });
}

#[test]
fn a_local_set_ignores_it_by_default() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let sum = set.block_on(runtime, async {
            let guilty = spawn_local(async { panic!("guilty") });
            assert!(guilty.await.unwrap_err().is_panic());
            spawn_local(async { 7 }).await.unwrap()
        });
        assert_eq!(sum, 7);
    });
}

#[test]
fn a_local_runtime_shuts_down_for_either_kind_of_task() {
    let strict = || {
        Builder::new_current_thread()
            .unhandled_panic(UnhandledPanic::ShutdownRuntime)
            .build_local(LocalOptions::default())
            .unwrap()
    };
    let local = strict();
    local.spawn_local(async { panic!("guilty") });
    assert!(panic_of(|| local.block_on(pending())).contains("a task panicked"));
    assert!(panic_of(|| local.block_on(pending())).contains("a task panicked"));

    let sendable = strict();
    sendable.handle().spawn(async { panic!("guilty") });
    assert!(panic_of(|| sendable.block_on(pending())).contains("a task panicked"));
    assert!(panic_of(|| sendable.block_on(pending())).contains("a task panicked"));
}
