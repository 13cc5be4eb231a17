//! Observer and metrics: every event once, with who and whom; switched while running.

mod util;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use plies_scheduler::{
    Cause, Fifo, Handle, Id, Observer, Origin, Outcome, TaskBuilder, TaskView, ThreadPool,
    WorkStealing, WorkerId, block_on, current_task,
};
use util::{Gate, YieldNow, builder, pool, wait_until};

#[derive(Clone, Debug, PartialEq)]
enum Event {
    Spawned(Id, Option<String>, Origin),
    Woken(Id, Cause, Origin),
    PollStarted(WorkerId, Id),
    PollEnded(Id, Outcome),
    Terminated(Id, bool),
    Parked(WorkerId),
    Unparked(WorkerId),
    Stole(WorkerId, WorkerId, usize),
}

#[derive(Default)]
struct Log(Mutex<Vec<Event>>);

impl Log {
    fn add(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }

    fn of(&self, task: Id) -> Vec<Event> {
        let concerns = |event: &Event| match event {
            Event::Spawned(id, ..) | Event::Woken(id, ..) | Event::PollStarted(_, id) => {
                *id == task
            }
            Event::PollEnded(id, _) | Event::Terminated(id, _) => *id == task,
            Event::Parked(_) | Event::Unparked(_) | Event::Stole(..) => false,
        };
        let events = self.0.lock().unwrap();
        events
            .iter()
            .filter(|event| concerns(event))
            .cloned()
            .collect()
    }

    fn count(&self, of: impl Fn(&Event) -> bool) -> usize {
        self.0
            .lock()
            .unwrap()
            .iter()
            .filter(|event| of(event))
            .count()
    }
}

impl Observer for Log {
    fn spawned(&self, task: &TaskView<'_>, by: Origin) {
        self.add(Event::Spawned(
            task.id(),
            task.name().map(str::to_owned),
            by,
        ));
    }

    fn woken(&self, task: &TaskView<'_>, cause: Cause, by: Origin) {
        self.add(Event::Woken(task.id(), cause, by));
    }

    fn poll_started(&self, worker: WorkerId, task: &TaskView<'_>) {
        self.add(Event::PollStarted(worker, task.id()));
    }

    fn poll_ended(&self, _: WorkerId, task: Id, outcome: Outcome, _: Duration) {
        self.add(Event::PollEnded(task, outcome));
    }

    fn terminated(&self, task: Id, cancelled: bool) {
        self.add(Event::Terminated(task, cancelled));
    }

    fn parked(&self, worker: WorkerId) {
        self.add(Event::Parked(worker));
    }

    fn unparked(&self, worker: WorkerId) {
        self.add(Event::Unparked(worker));
    }

    fn stole(&self, worker: WorkerId, victim: WorkerId, tasks: usize) {
        self.add(Event::Stole(worker, victim, tasks));
    }
}

fn observed(workers: usize) -> (ThreadPool, Arc<Log>) {
    let log = Arc::new(Log::default());
    let pool = builder(workers, WorkStealing::new())
        .observer(log.clone())
        .build()
        .unwrap();
    (pool, log)
}

#[test]
fn the_life_of_a_task_is_told_in_order() {
    let (pool, log) = observed(1);
    let task = TaskBuilder::new().name("subject");
    let task = pool.handle().spawn_with(task, YieldNow::default());
    let id = task.id();
    block_on(task).unwrap();
    drop(pool);
    let events = log.of(id);
    let worker = WorkerId::new(0);
    let [spawned, started, woken, yielded, again, complete, over] = &events[..] else {
        panic!("{events:#?}");
    };
    let Event::Spawned(_, name, origin) = spawned else {
        panic!("{spawned:?}")
    };
    assert_eq!(
        (name.as_deref(), origin.worker, origin.task),
        (Some("subject"), None, None)
    );
    assert_eq!(*started, Event::PollStarted(worker, id));
    let Event::Woken(_, Cause::Yielded, origin) = woken else {
        panic!("{woken:?}")
    };
    assert_eq!((origin.worker, origin.task), (Some(worker), Some(id)));
    assert_eq!(*yielded, Event::PollEnded(id, Outcome::Yielded));
    assert_eq!(*again, Event::PollStarted(worker, id));
    assert_eq!(*complete, Event::PollEnded(id, Outcome::Complete));
    assert_eq!(*over, Event::Terminated(id, false));
}

#[test]
fn a_wake_names_the_task_that_woke() {
    let (pool, log) = observed(1);
    let gate = Gate::default();
    let sleeper = pool.handle().spawn({
        let gate = gate.clone();
        async move { gate.passed().await }
    });
    wait_until(|| gate.waiting() == 1);
    let opener = pool.handle().spawn(async move {
        gate.open();
        current_task().unwrap()
    });
    let (sleeping, waking) = (sleeper.id(), opener.id());
    assert_eq!(block_on(opener).unwrap(), waking);
    block_on(sleeper).unwrap();
    let woken = log.of(sleeping).into_iter().find_map(|event| match event {
        Event::Woken(_, Cause::Woken, origin) => Some(origin),
        _ => None,
    });
    let origin = woken.expect("the wake is told");
    assert_eq!(
        (origin.worker, origin.task),
        (Some(WorkerId::new(0)), Some(waking))
    );
}

#[test]
fn a_task_dropped_at_shutdown_is_told_as_cancelled() {
    let (pool, log) = observed(1);
    let gate = Gate::default();
    let task = pool.handle().spawn({
        let gate = gate.clone();
        async move { gate.passed().await }
    });
    wait_until(|| gate.waiting() == 1);
    drop(pool);
    assert_eq!(
        log.of(task.id()).last(),
        Some(&Event::Terminated(task.id(), true))
    );
}

#[test]
fn parks_and_steals_are_told_and_counted_alike() {
    let (pool, log) = observed(2);
    let (here, there) = (Gate::default(), Gate::default());
    wait_until(|| pool.handle().metrics().sleeping_workers() == 2);
    let outer = pool.handle().spawn(async move {
        let (open, wait) = (here.clone(), there.clone());
        let first = Handle::current().spawn(async move {
            open.open();
            wait.block();
        });
        let second = Handle::current().spawn(async move {
            there.open();
            here.block();
        });
        first.await.unwrap();
        second.await.unwrap();
    });
    block_on(outer).unwrap();
    let handle = pool.handle().clone();
    drop(pool);
    let metrics = handle.metrics();
    let sum = |field: fn(&plies_scheduler::WorkerMetrics) -> u64| -> usize {
        metrics.workers().iter().map(field).sum::<u64>() as usize
    };
    assert!(sum(|worker| worker.steals) >= 1);
    assert_eq!(
        log.count(|event| matches!(event, Event::Stole(..))),
        sum(|worker| worker.steals)
    );
    assert_eq!(
        log.count(|event| matches!(event, Event::Parked(_))),
        sum(|worker| worker.parks)
    );
    let unparked = log.count(|event| matches!(event, Event::Unparked(_)));
    assert_eq!(unparked, sum(|worker| worker.parks));
}

#[test]
fn an_observer_can_be_set_and_taken_away_while_tasks_run() {
    let pool = pool(2, WorkStealing::new());
    let busy = pool.handle().spawn(async {
        for _ in 0..10_000 {
            YieldNow::default().await;
        }
    });
    for _ in 0..100 {
        pool.handle().observe(Some(Arc::new(Log::default())));
        pool.handle().observe(None);
    }
    block_on(busy).unwrap();
    let log = Arc::new(Log::default());
    pool.handle().observe(Some(log.clone()));
    let task = pool.handle().spawn(async {});
    let id = task.id();
    block_on(task).unwrap();
    pool.handle().observe(None);
    block_on(pool.handle().spawn(async {})).unwrap();
    assert_eq!(log.count(|event| matches!(event, Event::Spawned(..))), 1);
    assert!(!log.of(id).is_empty());
}

#[test]
fn an_observer_that_panics_harms_nobody() {
    struct Bad;
    impl Observer for Bad {
        fn spawned(&self, _: &TaskView<'_>, _: Origin) {
            panic!("in spawned");
        }
        fn poll_started(&self, _: WorkerId, _: &TaskView<'_>) {
            panic!("in poll_started");
        }
        fn poll_ended(&self, _: WorkerId, _: Id, _: Outcome, _: Duration) {
            panic!("in poll_ended");
        }
        fn parked(&self, _: WorkerId) {
            panic!("in parked");
        }
    }
    let pool = pool(1, Fifo::new());
    pool.handle().observe(Some(Arc::new(Bad)));
    assert_eq!(block_on(pool.handle().spawn(async { 1 })).unwrap(), 1);
}

#[test]
fn an_observer_may_spawn_and_wake() {
    struct Spawner;
    impl Observer for Spawner {
        fn poll_started(&self, _: WorkerId, task: &TaskView<'_>) {
            if task.name() == Some("cause") {
                Handle::current().spawn(async {}).detach();
            }
        }
    }
    let pool = pool(1, WorkStealing::new());
    pool.handle().observe(Some(Arc::new(Spawner)));
    block_on(
        pool.handle()
            .spawn_with(TaskBuilder::new().name("cause"), async {}),
    )
    .unwrap();
    wait_until(|| util::total_polls(pool.handle()) == 2);
}

#[test]
fn the_location_is_the_callers() {
    #[derive(Default)]
    struct Locations(Mutex<Vec<(&'static str, u32)>>);
    impl Observer for Locations {
        fn spawned(&self, task: &TaskView<'_>, _: Origin) {
            let location = task.location();
            self.0
                .lock()
                .unwrap()
                .push((location.file(), location.line()));
        }
    }
    let pool = pool(1, Fifo::new());
    let locations = Arc::new(Locations::default());
    pool.handle().observe(Some(locations.clone()));
    let here = line!();
    block_on(pool.handle().spawn(async {})).unwrap();
    block_on(pool.handle().spawn_with(TaskBuilder::new(), async {})).unwrap();
    assert_eq!(
        *locations.0.lock().unwrap(),
        [(file!(), here + 1), (file!(), here + 2)]
    );
}

#[test]
fn poll_times_are_counted_only_while_switched_on() {
    let pool = pool(1, Fifo::new());
    let slow = || async { std::thread::sleep(Duration::from_millis(2)) };
    block_on(pool.handle().spawn(slow())).unwrap();
    assert_eq!(pool.handle().metrics().poll_times().count(), 0);
    pool.handle().time_polls(true);
    block_on(pool.handle().spawn(slow())).unwrap();
    // The joiner wakes inside the poll, before its time is counted.
    wait_until(|| pool.handle().metrics().poll_times().count() == 1);
    pool.handle().time_polls(false);
    block_on(pool.handle().spawn(slow())).unwrap();
    drop(block_on(pool.handle().spawn(slow())));
    let times = pool.handle().metrics().poll_times();
    assert_eq!(times.count(), 1);
    assert!(times.quantile(1.0) >= Some(Duration::from_millis(2)));
    assert_eq!(times.buckets().count(), 1);
}
