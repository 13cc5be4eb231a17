//! Spawning: what it does, and what it does not do.

mod util;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ThreadId;

use plies_scheduler::{Attributes, Fifo, Handle, TaskBuilder, ThreadPool, block_on, current_task};
use util::{Gate, YieldNow, builder, on_each_policy, pool};

thread_local! {
    static IN_SPAWN: Cell<bool> = const { Cell::new(false) };
}

/// Spawns a task that panics if it is polled within the call.
fn spawn_unpolled(handle: &Handle) -> plies_scheduler::JoinHandle<()> {
    IN_SPAWN.set(true);
    let task = handle.spawn(async { assert!(!IN_SPAWN.get(), "polled inside spawn") });
    IN_SPAWN.set(false);
    task
}

#[test]
fn spawn_from_outside_does_not_poll() {
    on_each_policy(|make| {
        let pool = make(2);
        block_on(spawn_unpolled(pool.handle())).unwrap();
    });
}

#[test]
fn spawn_inside_a_task_does_not_poll() {
    on_each_policy(|make| {
        let pool = make(2);
        let outer = pool.handle().spawn(async {
            let inner = spawn_unpolled(&Handle::current());
            inner.await.unwrap();
        });
        block_on(outer).unwrap();
    });
}

#[test]
fn a_dropped_join_handle_detaches_the_task() {
    on_each_policy(|make| {
        let pool = make(2);
        let (start, done) = (Gate::default(), Gate::default());
        drop(pool.handle().spawn({
            let (start, done) = (start.clone(), done.clone());
            async move {
                start.passed().await;
                done.open();
            }
        }));
        start.open();
        done.block();
    });
}

#[test]
fn a_panic_reaches_the_joiner_and_nobody_else() {
    on_each_policy(|make| {
        let pool = make(1);
        let bad = pool.handle().spawn(async { panic!("with this payload") });
        let good = pool.handle().spawn(async { 1 });
        let error = block_on(bad).unwrap_err();
        assert!(error.is_panic());
        let payload = error.into_panic();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"with this payload"));
        assert_eq!(block_on(good).unwrap(), 1);
    });
}

#[test]
fn an_aborted_task_is_cancelled() {
    on_each_policy(|make| {
        let pool = make(2);
        let task = pool.handle().spawn(std::future::pending::<()>());
        task.abort();
        assert!(block_on(task).unwrap_err().is_cancelled());
    });
}

#[test]
fn many_tasks_from_inside_and_outside_all_complete() {
    on_each_policy(|make| {
        let pool = make(3);
        let count = Arc::new(AtomicUsize::new(0));
        let outer: Vec<_> = (0..50)
            .map(|_| {
                let count = count.clone();
                pool.handle().spawn(async move {
                    let inner: Vec<_> = (0..50)
                        .map(|_| {
                            let count = count.clone();
                            Handle::current().spawn(async move {
                                YieldNow::default().await;
                                count.fetch_add(1, Ordering::Relaxed);
                            })
                        })
                        .collect();
                    for task in inner {
                        task.await.unwrap();
                    }
                })
            })
            .collect();
        outer.into_iter().for_each(|task| block_on(task).unwrap());
        assert_eq!(count.load(Ordering::Relaxed), 2500);
    });
}

#[test]
fn the_task_knows_its_id_and_others_do_not() {
    let pool = pool(1, Fifo::new());
    let task = pool.handle().spawn(async { current_task() });
    let id = task.id();
    assert_eq!(block_on(task).unwrap(), Some(id));
    assert_eq!(current_task(), None);
}

#[test]
fn attributes_and_name_reach_the_policy() {
    use plies_scheduler::{Cause, Runnable, Scheduler, WorkerId};
    use std::sync::Mutex;

    type Seen = Vec<(Option<String>, Attributes)>;
    #[derive(Default)]
    struct Spy {
        inner: Fifo,
        seen: Arc<Mutex<Seen>>,
    }
    impl Scheduler for Spy {
        type Local = ();
        fn attach(&self, _: WorkerId) {}
        fn push(&self, local: &mut (), task: Runnable, cause: Cause) {
            self.inner.push(local, task, cause);
        }
        fn inject(&self, task: Runnable, cause: Cause) {
            let name = task.name().map(str::to_owned);
            self.seen.lock().unwrap().push((name, *task.metadata()));
            self.inner.inject(task, cause);
        }
        fn next(&self, local: &mut ()) -> Option<Runnable> {
            self.inner.next(local)
        }
        fn has_ready(&self) -> bool {
            self.inner.has_ready()
        }
    }

    let spy = Spy::default();
    let seen = spy.seen.clone();
    let pool = pool(1, spy);
    let attributes = Attributes::new().with_class(3).with_hint(99);
    let task = TaskBuilder::new().name("audit").attributes(attributes);
    block_on(pool.handle().spawn_with(task, async {})).unwrap();
    assert_eq!(
        *seen.lock().unwrap(),
        [(Some("audit".to_owned()), attributes)]
    );
}

#[test]
fn zero_workers_is_an_error_that_says_what_to_do() {
    let error = ThreadPool::builder().workers(0).build().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("workers(n)"), "{error}");
}

#[test]
fn the_default_worker_count_is_the_parallelism_of_the_machine() {
    let pool = ThreadPool::builder().build().unwrap();
    assert_eq!(
        pool.handle().workers(),
        std::thread::available_parallelism().unwrap().get()
    );
}

#[test]
fn hooks_run_on_each_worker_and_their_panics_are_contained() {
    let seen: Arc<std::sync::Mutex<Vec<ThreadId>>> = Arc::default();
    let started = seen.clone();
    let pool = builder(2, Fifo::new())
        .on_thread_start(move |_| {
            started.lock().unwrap().push(std::thread::current().id());
            panic!("a hook of the user's");
        })
        .on_thread_stop(|_| panic!("and another"))
        .build()
        .unwrap();
    let thread = block_on(pool.handle().spawn(async { std::thread::current().id() })).unwrap();
    drop(pool);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen.contains(&thread));
}

#[test]
fn a_handle_on_a_plain_thread_is_none() {
    assert!(Handle::try_current().is_none());
    let error = std::thread::spawn(|| drop(Handle::current()))
        .join()
        .unwrap_err();
    assert!(
        error
            .downcast_ref::<&str>()
            .is_some_and(|text| text.contains("ThreadPool::handle"))
    );
}
