//! Blocking in the middle of a poll, announced. The rescue is off: what goes on, goes on because of
//! the announcement.

mod util;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plies_scheduler::{
    CurrentThread, Handle, Pinned, Rescue, ThreadPool, WorkStealing, block_in_place, block_on,
    coop, current_task,
};
use util::{
    Drops, Gate, Looks, Never, block_in_place_until, builder, on_each_policy, pool, wait_until,
};

const LONG: Duration = Duration::from_secs(3600);

fn hand_overs(handle: &Handle) -> u64 {
    handle.metrics().rescue().hand_overs
}

fn wait_for_spares_to_leave(handle: &Handle) {
    wait_until(|| handle.metrics().rescue().spare_workers == 0);
}

/// Runs `body` in a task of a pool with one worker, and waits for it.
fn in_a_task<T: Send + 'static>(pool: &ThreadPool, body: impl FnOnce() -> T + Send + 'static) -> T {
    block_on(pool.handle().spawn(async { body() })).unwrap()
}

#[test]
fn what_is_queued_behind_it_runs_meanwhile() {
    on_each_policy(|pool| {
        let pool = pool(1);
        let handle = pool.handle().clone();
        in_a_task(&pool, move || {
            // The last one is in the LIFO slot, where there is one.
            let behind: Vec<_> = (0..100)
                .map(|number| handle.spawn(async move { number }))
                .collect();
            let sum = block_in_place(|| {
                let numbers = behind.into_iter().map(|task| block_on(task).unwrap());
                numbers.sum::<usize>()
            });
            assert_eq!(sum, 4950);
        });
        assert_eq!(hand_overs(pool.handle()), 1);
        assert_eq!(pool.handle().metrics().rescue().rescues, 0);
        wait_for_spares_to_leave(pool.handle());
    });
}

#[test]
fn what_it_spawns_and_wakes_runs_meanwhile() {
    on_each_policy(|pool| {
        let pool = pool(1);
        let (handle, door) = (pool.handle().clone(), Gate::default());
        let waiting = handle.spawn({
            let door = door.clone();
            async move { door.passed().await }
        });
        wait_until(|| door.waiting() == 1);
        in_a_task(&pool, move || {
            block_in_place(|| {
                block_on(handle.spawn(async {})).unwrap();
                door.open();
                block_on(waiting).unwrap();
            });
        });
    });
}

#[test]
fn the_worker_goes_on_where_it_was() {
    let pool = pool(1, WorkStealing::new());
    let handle = pool.handle().clone();
    in_a_task(&pool, move || {
        let (task, budget) = (current_task(), coop::remaining());
        assert!(task.is_some() && budget.is_some());
        let inside = block_in_place(|| (current_task(), coop::remaining(), Handle::try_current()));
        assert_eq!((inside.0, inside.1), (task, None));
        assert!(inside.2.is_none(), "what it wakes must not be queued here");
        assert_eq!((current_task(), coop::remaining()), (task, budget));
        assert!(Handle::try_current().is_some());
        assert_eq!(hand_overs(&handle), 1);
    });
}

#[test]
fn one_spare_will_do_for_a_poll() {
    let pool = pool(1, WorkStealing::new());
    let handle = pool.handle().clone();
    in_a_task(&pool, move || {
        for _ in 0..3 {
            block_in_place(|| {
                // By the spare: it has the post from here on.
                block_on(handle.spawn(async {})).unwrap();
                block_in_place(|| block_on(handle.spawn(async {})).unwrap());
            });
        }
        assert_eq!(hand_overs(&handle), 1);
    });
    wait_for_spares_to_leave(pool.handle());
    let handle = pool.handle().clone();
    in_a_task(&pool, move || {
        block_in_place(|| assert_eq!(hand_overs(&handle), 2))
    });
}

#[test]
fn a_panic_goes_through_and_the_worker_comes_back() {
    on_each_policy(|pool| {
        let pool = pool(1);
        let task = pool
            .handle()
            .spawn(async { block_in_place(|| panic!("inside")) });
        let panic = block_on(task).unwrap_err().into_panic();
        assert_eq!(*panic.downcast::<&str>().unwrap(), "inside");
        wait_for_spares_to_leave(pool.handle());
        in_a_task(&pool, || assert!(coop::remaining().is_some()));
    });
}

#[test]
fn a_spare_is_replaced_too() {
    on_each_policy(|pool| {
        let pool = pool(1);
        let gate = Gate::default();
        let blocked: Vec<_> = (0..6)
            .map(|_| {
                let gate = gate.clone();
                pool.handle()
                    .spawn(async move { block_in_place(|| gate.block()) })
            })
            .collect();
        block_on(pool.handle().spawn(async {})).unwrap();
        wait_until(|| hand_overs(pool.handle()) == 6);
        gate.open();
        for task in blocked {
            block_on(task).unwrap();
        }
        wait_for_spares_to_leave(pool.handle());
    });
}

#[test]
fn without_spares_the_other_workers_get_the_tasks() {
    let rescue = Rescue::off().max_spares(0);
    let pool = builder(2, WorkStealing::new())
        .rescue(rescue)
        .build()
        .unwrap();
    let handle = pool.handle().clone();
    in_a_task(&pool, move || {
        let behind = handle.spawn(async {});
        block_in_place(|| block_on(behind).unwrap());
        assert_eq!(hand_overs(&handle), 0);
    });
}

#[test]
fn a_thread_name_that_panics_is_no_spare() {
    let named = Arc::new(AtomicUsize::new(0));
    let names = named.clone();
    let pool = builder(1, WorkStealing::new())
        .thread_name(move |worker| {
            assert_eq!(
                names.fetch_add(1, Ordering::SeqCst),
                0,
                "a name for the first worker only"
            );
            format!("worker {}", worker.index())
        })
        .build()
        .unwrap();
    in_a_task(&pool, || block_in_place(|| ()));
    assert_eq!(named.load(Ordering::SeqCst), 2);
    assert_eq!(hand_overs(pool.handle()), 0);
    assert_eq!(pool.shutdown(LONG).workers_left, 0);
}

#[test]
fn the_driver_is_served_and_pinned_tasks_wait() {
    let driver = Arc::new(Looks::default());
    let made = driver.clone();
    let pool = builder(1, Pinned::new())
        .driver(move |_| made.clone())
        .build()
        .unwrap();
    let (handle, ran) = (pool.handle().clone(), Drops::default());
    let (counter, token) = (ran.clone(), ran.token());
    in_a_task(&pool, move || {
        handle.spawn(async move { drop(token) }).detach();
        let before = driver.all();
        block_in_place(|| wait_until(|| driver.all() > before + 1));
        assert_eq!(counter.count(), 0);
    });
    wait_until(|| ran.count() == 1);
}

#[test]
fn no_stall_is_seen_in_it() {
    let (pool, mut sample) = ThreadPool::builder()
        .workers(1)
        .build_with_monitor()
        .unwrap();
    let gate = Gate::default();
    let task = block_in_place_until(pool.handle(), &gate);
    // Until the spare sleeps it might be late itself, on a loaded machine.
    wait_until(|| {
        let metrics = pool.handle().metrics();
        let mut spares = metrics.spares().iter();
        spares.any(|spare| spare.park_turns % 2 == 1)
    });
    for ms in [0, 1, 20, 40] {
        sample(Duration::from_millis(ms));
    }
    let rescue = pool.handle().metrics().rescue();
    assert_eq!(
        (rescue.stalls, rescue.rescues, rescue.hand_overs),
        (0, 0, 1)
    );
    gate.open();
    block_on(task).unwrap();
}

#[test]
fn shutdown_leaves_it_behind_and_it_ends_by_itself() {
    on_each_policy(|pool| {
        let pool = pool(1);
        let (gate, drops) = (Gate::default(), Drops::default());
        for _ in 0..10 {
            let token = drops.token();
            let task = async move {
                let _token = token;
                Never.await;
            };
            pool.handle().spawn(task).detach();
        }
        let task = block_in_place_until(pool.handle(), &gate);
        let handle = pool.handle().clone();
        let report = pool.shutdown(Duration::ZERO);
        assert!(report.workers_left >= 1);
        gate.open();
        wait_until(|| task.is_finished() && drops.count() == 10);
        wait_for_spares_to_leave(&handle);
    });
}

#[test]
fn a_pool_that_is_shut_down_inside_does_not_wait_for_its_own_thread() {
    let pool = pool(1, WorkStealing::new());
    let handle = pool.handle().clone();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let told = reports.clone();
    let task = async move {
        let report = block_in_place(|| pool.shutdown(LONG));
        told.lock().unwrap().push(report);
    };
    handle.spawn(task).detach();
    wait_until(|| !reports.lock().unwrap().is_empty());
    assert_eq!(reports.lock().unwrap()[0].workers_left, 1);
}

#[test]
fn outside_of_a_pool_it_just_runs() {
    assert_eq!(block_in_place(|| 7), 7);
    assert_eq!(block_on(async { block_in_place(|| 7) }), 7);
}

#[test]
fn a_current_thread_executor_refuses() {
    let executor = CurrentThread::builder().build_current_thread();
    let task = executor.handle().spawn(async { block_in_place(|| ()) });
    assert!(executor.block_on(task).unwrap_err().is_panic());
    let main = catch_unwind(AssertUnwindSafe(|| {
        executor.block_on(async { block_in_place(|| ()) })
    }));
    assert!(main.is_err());
}

#[test]
fn a_current_thread_executor_inside_still_refuses() {
    let pool = pool(1, WorkStealing::new());
    in_a_task(&pool, || {
        let executor = CurrentThread::builder().build_current_thread();
        let inner = executor.handle().spawn(async { block_in_place(|| ()) });
        let before = (current_task(), coop::remaining());
        let refused = block_in_place(|| executor.block_on(inner).unwrap_err().is_panic());
        assert!(refused);
        assert_eq!(executor.block_on(async { 7 }), 7);
        assert_eq!((current_task(), coop::remaining()), before);
    });
}
