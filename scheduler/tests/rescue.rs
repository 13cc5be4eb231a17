//! Workers that are stuck in one poll. The monitor is told the time, so that nothing here depends
//! on how fast this machine is: what must happen is waited for, what must not is counted.

mod util;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plies_scheduler::{
    Fifo, Pinned, Rescue, Scheduler, WorkStealing, WorkerId, block_on, current_place,
    current_worker,
};
use util::{
    Drops, Gate, Looks, Never, Watched, YieldNow, builder, unbounded, wait_for_rest, wait_until,
};

const LONG: Duration = Duration::from_secs(60);

/// Runs the body on the policies whose tasks may change workers.
fn on_each_policy(body: impl Fn(Watched)) {
    body(Watched::new(1, WorkStealing::new()));
    body(Watched::new(1, WorkStealing::new().lifo_limit(0)));
    body(Watched::new(1, Fifo::new()));
    body(Watched::new(1, plies_scheduler::Priority::new(2)));
}

#[test]
fn tasks_behind_a_blocked_one_run_on_a_spare() {
    on_each_policy(|mut watched| {
        let gate = Gate::default();
        let blocked = watched.block_a_worker(&gate);
        let others: Vec<_> = (0..100)
            .map(|_| watched.handle().spawn(YieldNow::default()))
            .collect();
        watched.declare_stuck();
        for other in others {
            block_on(other).unwrap();
        }
        assert!(!blocked.is_finished());
        gate.open();
        block_on(blocked).unwrap();
        wait_until(|| watched.spares() == 0);
        assert_eq!(watched.handle().metrics().rescue().rescues, 1);
    });
}

#[test]
fn a_spare_has_the_place_of_the_worker_it_stands_in_for() {
    on_each_policy(|mut watched| {
        let gate = Gate::default();
        let blocked = watched.block_a_worker(&gate);
        let named = watched
            .handle()
            .spawn(async { (current_worker(), current_place()) });
        watched.declare_stuck();
        let (worker, place) = block_on(named).unwrap();
        assert_eq!(place, Some(0));
        assert_ne!(worker.map(WorkerId::index), place);
        gate.open();
        block_on(blocked).unwrap();
    });
}

#[test]
fn a_task_woken_by_the_blocked_one_is_taken_out_of_its_queue() {
    on_each_policy(|mut watched| {
        let (gate, door, at_door) = (Gate::default(), Gate::default(), Gate::default());
        let behind = watched.handle().spawn({
            let (door, at_door) = (door.clone(), at_door.clone());
            async move {
                at_door.open();
                door.passed().await;
            }
        });
        at_door.block();
        wait_until(|| door.waiting() == 1);
        let blocked_now = Gate::default();
        let blocked = watched.handle().spawn({
            let (gate, blocked_now) = (gate.clone(), blocked_now.clone());
            async move {
                door.open();
                blocked_now.open();
                gate.block();
            }
        });
        blocked_now.block();
        watched.declare_stuck();
        block_on(behind).unwrap();
        assert!(!blocked.is_finished());
        gate.open();
        block_on(blocked).unwrap();
    });
}

#[test]
fn a_sleeping_worker_helps_before_anybody_is_stuck() {
    let mut watched = Watched::new(2, WorkStealing::new());
    let (gate, door) = (Gate::default(), Gate::default());
    let behind = watched.handle().spawn({
        let door = door.clone();
        async move { door.passed().await }
    });
    wait_until(|| door.waiting() == 1);
    // One of them wakes for the next task, and nobody but a helper wakes the other one.
    wait_for_rest(watched.handle());
    let blocked_now = Gate::default();
    let blocked = watched.handle().spawn({
        let (gate, blocked_now) = (gate.clone(), blocked_now.clone());
        async move {
            door.open();
            blocked_now.open();
            gate.block();
        }
    });
    blocked_now.block();
    watched.sample_after(1);
    watched.sample_after(1);
    block_on(behind).unwrap();
    let rescue = watched.handle().metrics().rescue();
    assert_eq!((rescue.rescues, rescue.stalls), (0, 0));
    assert!(rescue.helps >= 1);
    gate.open();
    block_on(blocked).unwrap();
}

#[test]
fn a_spare_that_is_stuck_is_replaced_too() {
    on_each_policy(|mut watched| {
        let gate = Gate::default();
        let mut blocked = vec![watched.block_a_worker(&gate)];
        for _ in 0..5 {
            watched.declare_stuck();
            blocked.push(watched.block_a_worker(&gate));
        }
        watched.declare_stuck();
        block_on(watched.handle().spawn(async {})).unwrap();
        assert_eq!(watched.spares(), 6);
        gate.open();
        for task in blocked {
            block_on(task).unwrap();
        }
        wait_until(|| watched.spares() == 0);
    });
}

#[test]
fn while_one_blocks_others_that_do_are_replaced_sooner() {
    on_each_policy(|mut watched| {
        let gate = Gate::default();
        let mut blocked = vec![watched.block_a_worker(&gate)];
        watched.declare_stuck();
        for spares in 2..4 {
            blocked.push(watched.block_a_worker(&gate));
            watched.sample_after(1);
            // Less than the threshold. It may take a moment until the thread sleeps.
            watched.sample_after(3);
            while watched.spares() < spares {
                watched.sample_after(0);
                std::thread::yield_now();
            }
        }
        let stalls = watched.handle().metrics().rescue().stalls;
        assert_eq!(stalls, 1, "replaced, and not yet told");
        gate.open();
        for task in blocked {
            block_on(task).unwrap();
        }
        wait_until(|| watched.spares() == 0);
    });
}

#[test]
fn while_one_blocks_others_that_compute_are_not_replaced_sooner() {
    let mut watched = Watched::new(1, WorkStealing::new());
    let (gate, spinning) = (Gate::default(), Gate::default());
    let blocked = watched.block_a_worker(&gate);
    watched.declare_stuck();
    let stop = Arc::new(AtomicUsize::new(0));
    let (spins, go_on) = (spinning.clone(), stop.clone());
    let computing = watched.handle().spawn(async move {
        spins.open();
        while go_on.load(Ordering::Relaxed) == 0 {
            std::hint::spin_loop();
        }
    });
    spinning.block();
    watched.sample_after(1);
    watched.sample_after(9);
    assert_eq!(watched.spares(), 1);
    stop.store(1, Ordering::Relaxed);
    gate.open();
    block_on(computing).unwrap();
    block_on(blocked).unwrap();
}

#[test]
fn two_workers_stuck_at_once_are_both_replaced() {
    let mut watched = Watched::new(2, WorkStealing::new());
    let gate = Gate::default();
    let blocked = [watched.block_a_worker(&gate), watched.block_a_worker(&gate)];
    watched.declare_stuck();
    let (here, there) = (Gate::default(), Gate::default());
    let meet = |open: &Gate, wait: &Gate| {
        let (open, wait) = (open.clone(), wait.clone());
        watched.handle().spawn(async move {
            open.open();
            wait.block();
        })
    };
    let met = [meet(&here, &there), meet(&there, &here)];
    for task in met {
        block_on(task).unwrap();
    }
    gate.open();
    for task in blocked {
        block_on(task).unwrap();
    }
    wait_until(|| watched.spares() == 0);
}

#[test]
fn there_are_no_more_spares_than_allowed() {
    let rescue = unbounded().max_spares(2);
    let mut watched = Watched::with(builder(1, WorkStealing::new()).rescue(rescue));
    let gate = Gate::default();
    let mut blocked = vec![watched.block_a_worker(&gate)];
    for _ in 0..2 {
        watched.declare_stuck();
        blocked.push(watched.block_a_worker(&gate));
    }
    watched.declare_stuck();
    watched.declare_stuck();
    assert_eq!(watched.spares(), 2);
    gate.open();
    for task in blocked {
        block_on(task).unwrap();
    }
}

#[test]
fn computing_workers_have_a_bound_of_their_own() {
    let rescue = Rescue::new().max_busy_spares(0);
    let mut watched = Watched::with(builder(1, WorkStealing::new()).rescue(rescue));
    let stop = Arc::new(AtomicUsize::new(0));
    let (spinning, go_on) = (Gate::default(), stop.clone());
    let task = watched.handle().spawn({
        let spinning = spinning.clone();
        async move {
            spinning.open();
            while go_on.load(Ordering::Relaxed) == 0 {
                std::hint::spin_loop();
            }
        }
    });
    spinning.block();
    watched.declare_stuck();
    assert_eq!(watched.spares(), 0);
    assert_eq!(watched.handle().metrics().rescue().stalls, 1);
    stop.store(1, Ordering::Relaxed);
    block_on(task).unwrap();
}

#[test]
fn without_rescue_nobody_comes() {
    let mut watched = Watched::with(builder(1, WorkStealing::new()).rescue(Rescue::off()));
    let gate = Gate::default();
    let blocked = watched.block_a_worker(&gate);
    watched.declare_stuck();
    assert_eq!(watched.handle().metrics().rescue().rescues, 0);
    gate.open();
    block_on(blocked).unwrap();
}

#[test]
fn a_stall_is_reported_once_with_its_task() {
    let stalls = Arc::new(Mutex::new(Vec::new()));
    let seen = stalls.clone();
    let pool = builder(1, WorkStealing::new())
        .rescue(unbounded())
        // Others may be late too, on a loaded machine.
        .on_stall(move |stall| {
            if stall.name() == Some("resize") {
                seen.lock().unwrap().push(stall.clone());
            }
        });
    let mut watched = Watched::with(pool);
    let (gate, blocked_now) = (Gate::default(), Gate::default());
    let task = plies_scheduler::TaskBuilder::new().name("resize");
    let line = line!() + 1;
    let blocked = watched.handle().spawn_with(task, {
        let (gate, blocked_now) = (gate.clone(), blocked_now.clone());
        async move {
            blocked_now.open();
            gate.block();
        }
    });
    blocked_now.block();
    watched.sample_after(1);
    watched.sample_after(30);
    watched.sample_after(30);
    let seen = stalls.lock().unwrap().clone();
    assert_eq!(seen.len(), 1);
    let stall = &seen[0];
    assert_eq!(stall.task(), Some(blocked.id().get()));
    assert_eq!(stall.name(), Some("resize"));
    assert_eq!(stall.worker(), WorkerId::new(0));
    assert_eq!(stall.elapsed(), Duration::from_millis(30));
    let location = stall.location().unwrap();
    assert_eq!((location.file(), location.line()), (file!(), line));
    gate.open();
    block_on(blocked).unwrap();
}

#[test]
fn shutdown_with_a_stuck_worker_and_its_spare_drops_everything() {
    on_each_policy(|mut watched| {
        let (gate, drops) = (Gate::default(), Drops::default());
        let blocked = watched.block_a_worker(&gate);
        watched.declare_stuck();
        for _ in 0..50 {
            let token = drops.token();
            watched
                .handle()
                .spawn(async move {
                    let _token = token;
                    Never.await;
                })
                .detach();
        }
        let report = watched.pool.shutdown(Duration::ZERO);
        assert!(report.workers_left >= 1);
        gate.open();
        wait_until(|| drops.count() == 50 && blocked.is_finished());
    });
}

#[test]
fn no_spare_starts_after_the_shutdown() {
    let mut watched = Watched::new(1, WorkStealing::new());
    let gate = Gate::default();
    let blocked = watched.block_a_worker(&gate);
    let handle = watched.handle().clone();
    watched.sample_after(1);
    let report = watched.pool.shutdown(Duration::ZERO);
    assert_eq!(report.workers_left, 1);
    (watched.sample)(Duration::from_secs(1));
    assert_eq!(handle.metrics().rescue().rescues, 0);
    gate.open();
    wait_until(|| blocked.is_finished());
}

fn counting_pool<S: Scheduler>(
    workers: usize,
    scheduler: S,
) -> (Watched, Arc<Mutex<Vec<Arc<Looks>>>>) {
    let drivers: Arc<Mutex<Vec<Arc<Looks>>>> = Arc::default();
    let made = drivers.clone();
    let builder = builder(workers, scheduler)
        .rescue(unbounded())
        .driver(move |_| {
            let driver = Arc::new(Looks::default());
            made.lock().unwrap().push(driver.clone());
            driver
        });
    (Watched::with(builder), drivers)
}

#[test]
fn the_driver_of_a_late_worker_is_polled_by_a_sleeping_one() {
    fn check<S: Scheduler>(scheduler: S) {
        let (mut watched, drivers) = counting_pool(2, scheduler);
        let gate = Gate::default();
        let blocked = watched.block_a_worker(&gate);
        wait_until(|| watched.handle().metrics().sleeping_workers() == 1);
        let count = || -> usize {
            let drivers = drivers.lock().unwrap();
            drivers.iter().map(|driver| driver.polls()).sum()
        };
        let before = count();
        watched.sample_after(1);
        watched.sample_after(1);
        wait_until(|| count() > before);
        gate.open();
        block_on(blocked).unwrap();
    }
    check(WorkStealing::new());
    check(Pinned::new());
}

#[test]
fn the_driver_of_a_stuck_worker_is_polled_by_its_spare() {
    let (mut watched, drivers) = counting_pool(1, WorkStealing::new());
    let gate = Gate::default();
    let blocked = watched.block_a_worker(&gate);
    let driver = drivers.lock().unwrap()[0].clone();
    let before = driver.polls();
    watched.declare_stuck();
    wait_until(|| driver.polls() > before);
    gate.open();
    block_on(blocked).unwrap();
}

#[test]
fn hooks_run_on_spares_too() {
    let (started, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (starts, stops) = (started.clone(), stopped.clone());
    let add = |count: &AtomicUsize| {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let mut watched = Watched::with(
        builder(1, WorkStealing::new())
            .rescue(unbounded())
            .on_thread_start(move |_| add(&starts))
            .on_thread_stop(move |_| add(&stops)),
    );
    let gate = Gate::default();
    let blocked = watched.block_a_worker(&gate);
    watched.declare_stuck();
    wait_until(|| started.load(Ordering::SeqCst) == 2);
    gate.open();
    block_on(blocked).unwrap();
    wait_until(|| stopped.load(Ordering::SeqCst) == 1);
    watched.pool.shutdown(LONG);
    assert_eq!(stopped.load(Ordering::SeqCst), 2);
}
