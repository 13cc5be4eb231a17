//! What a dump says of tasks and workers that stand still, in every way in which they can.

mod util;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use plies_scheduler::{
    Activity, Attributes, Cause, CurrentThread, Dump, JoinHandle, Pinned, Runnable, Scheduler,
    TaskBuilder, TaskDump, TaskState, ThreadPool, WorkStealing, WorkerId, WorkerState, block_on,
};
use util::{Gate, Watched, block_a_worker, block_in_place_until, on_each_policy, pool, wait_until};

/// A task that waits at the door; returns when it does.
fn wait_at(pool: &ThreadPool, door: &Gate) -> JoinHandle<()> {
    let before = door.waiting();
    let task = pool.handle().spawn({
        let door = door.clone();
        async move { door.passed().await }
    });
    wait_until(|| door.waiting() == before + 1);
    // Its waker is there, but it may not have returned yet.
    wait_until(|| {
        let dump = pool.handle().dump();
        find(&dump, &task).is_some_and(|task| task.state() == TaskState::Idle)
    });
    task
}

fn find<'a, T>(dump: &'a Dump, task: &JoinHandle<T>) -> Option<&'a TaskDump> {
    dump.tasks()
        .iter()
        .find(|dumped| dumped.id() == task.id().get())
}

#[test]
fn a_task_that_is_stuck_in_its_first_poll_is_there() {
    let pool = pool(2, WorkStealing::new());
    let (gate, blocked) = (Gate::default(), Gate::default());
    let builder = TaskBuilder::new().name("stuck");
    let line = line!() + 1;
    let task = pool.handle().spawn_with(builder, {
        let (gate, blocked) = (gate.clone(), blocked.clone());
        async move {
            blocked.open();
            gate.block();
        }
    });
    blocked.block();
    let dump = pool.handle().dump();
    let dumped = find(&dump, &task).unwrap();
    assert_eq!(dumped.name(), Some("stuck"));
    let location = dumped.location().unwrap();
    assert_eq!((location.file(), location.line()), (file!(), line));
    assert_eq!((dumped.state(), dumped.polls()), (TaskState::Running, 1));
    let worker = &dump.workers()[dumped.worker().unwrap().index()];
    assert_eq!(worker.state(), WorkerState::Polling);
    assert_eq!(worker.task(), Some(task.id().get()));
    assert!(worker.polls() >= 1 && !worker.is_spare());
    if cfg!(target_os = "linux") {
        let activity = || {
            let dump = pool.handle().dump();
            dump.workers()[worker.id().index()].activity()
        };
        wait_until(|| activity() == Some(Activity::OffCpu));
    }
    gate.open();
    block_on(task).unwrap();
    // The worker shows it until it has seen that the poll is over.
    wait_until(|| pool.handle().dump().tasks().is_empty());
}

#[test]
fn every_state_is_told_with_everybody_stuck() {
    on_each_policy(|pool| {
        let pool = pool(1);
        let (gate, door, other_door) = (Gate::default(), Gate::default(), Gate::default());
        let idle = wait_at(&pool, &door);
        let queued = wait_at(&pool, &other_door);
        let running = block_a_worker(pool.handle(), &gate);
        other_door.open();
        let fresh: Vec<_> = (0..3).map(|_| pool.handle().spawn(async {})).collect();

        let dump = pool.handle().dump();
        let found: Vec<_> = dump
            .tasks()
            .iter()
            .map(|task| (task.id(), task.state(), task.polls(), task.worker()))
            .collect();
        let worker = Some(WorkerId::new(0));
        assert_eq!(
            found,
            [
                (running.id().get(), TaskState::Running, 1, worker),
                (queued.id().get(), TaskState::Queued, 1, worker),
                (idle.id().get(), TaskState::Idle, 1, worker),
            ]
        );
        assert_eq!(dump.never_polled(), Some(fresh.len()));
        assert_eq!(dump.workers().len(), 1);

        gate.open();
        door.open();
        for task in [running, queued, idle].into_iter().chain(fresh) {
            block_on(task).unwrap();
        }
        // The worker shows the last one until it has seen that the poll is over.
        wait_until(|| {
            let dump = pool.handle().dump();
            (dump.tasks().len(), dump.never_polled()) == (0, Some(0))
        });
    });
}

#[test]
fn a_task_in_a_later_poll_is_there_once() {
    let pool = pool(1, WorkStealing::new());
    let (door, gate, blocked) = (Gate::default(), Gate::default(), Gate::default());
    let task = pool.handle().spawn({
        let (door, gate, blocked) = (door.clone(), gate.clone(), blocked.clone());
        async move {
            door.passed().await;
            blocked.open();
            gate.block();
        }
    });
    wait_until(|| door.waiting() == 1);
    door.open();
    blocked.block();
    let dump = pool.handle().dump();
    assert_eq!(dump.tasks().len(), 1);
    let dumped = find(&dump, &task).unwrap();
    assert_eq!((dumped.state(), dumped.polls()), (TaskState::Running, 2));
    assert_eq!(dumped.worker(), Some(WorkerId::new(0)));
    gate.open();
    block_on(task).unwrap();
}

#[test]
fn who_was_polled_longer_ago_comes_first() {
    let pool = pool(1, WorkStealing::new());
    let door = Gate::default();
    let pause = Duration::from_millis(50);
    let mut waiting = Vec::new();
    for _ in 0..3 {
        waiting.push(wait_at(&pool, &door));
        // From its sleep the worker returns with a look at the clock.
        wait_until(|| pool.handle().dump().workers()[0].state() == WorkerState::Resting);
        std::thread::sleep(pause);
    }
    let dump = pool.handle().dump();
    let order: Vec<_> = dump.tasks().iter().map(TaskDump::id).collect();
    let spawned: Vec<_> = waiting.iter().map(|task| task.id().get()).collect();
    assert_eq!(order, spawned);
    // Each was polled a pause before the next one, and a stamp is a step too old at most.
    let ages: Vec<_> = dump.tasks().iter().map(TaskDump::since_poll).collect();
    assert!(ages[0] > ages[1] && ages[1] > ages[2], "{ages:?}");
    assert!(ages[0] > 2 * pause, "{ages:?}");
    door.open();
    for task in waiting {
        block_on(task).unwrap();
    }
}

#[test]
fn the_worker_that_polled_it_last_is_told() {
    let pool = pool(3, Pinned::new());
    let door = Gate::default();
    let tasks: Vec<_> = (0..3)
        .map(|worker| {
            let attributes = Attributes::new().with_worker(WorkerId::new(worker));
            let door = door.clone();
            let task = TaskBuilder::new().attributes(attributes);
            pool.handle()
                .spawn_with(task, async move { door.passed().await })
        })
        .collect();
    wait_until(|| pool.handle().dump().tasks().len() == 3);
    let dump = pool.handle().dump();
    for (index, task) in tasks.iter().enumerate() {
        let dumped = find(&dump, task).unwrap();
        assert_eq!(dumped.worker(), Some(WorkerId::new(index)));
    }
    door.open();
}

#[test]
fn spares_are_there_while_they_stand_in() {
    let mut watched = Watched::new(1, WorkStealing::new());
    let gate = Gate::default();
    let first = watched.block_a_worker(&gate);
    watched.declare_stuck();
    let pool = &watched.pool;
    let second = block_a_worker(pool.handle(), &gate);
    let dump = pool.handle().dump();
    assert_eq!(dump.workers().len(), 2);
    let spare = &dump.workers()[1];
    assert!(spare.is_spare());
    assert_eq!(spare.state(), WorkerState::Polling);
    assert_eq!(find(&dump, &second).unwrap().worker(), Some(spare.id()));
    gate.open();
    block_on(first).unwrap();
    block_on(second).unwrap();
    wait_until(|| pool.handle().dump().workers().len() == 1);
}

#[test]
fn a_task_polled_by_a_spare_that_left_says_so() {
    let mut watched = Watched::new(1, WorkStealing::new());
    let (gate, door) = (Gate::default(), Gate::default());
    let blocked = watched.block_a_worker(&gate);
    watched.declare_stuck();
    let pool = &watched.pool;
    let task = wait_at(pool, &door);
    gate.open();
    block_on(blocked).unwrap();
    wait_until(|| {
        find(&pool.handle().dump(), &task)
            .unwrap()
            .worker()
            .is_none()
    });
    door.open();
    block_on(task).unwrap();
}

#[test]
fn a_task_that_blocks_in_place_says_so() {
    let pool = pool(1, WorkStealing::new());
    let gate = Gate::default();
    let task = block_in_place_until(pool.handle(), &gate);
    let dump = pool.handle().dump();
    assert_eq!(dump.workers()[0].state(), WorkerState::BlockedInPlace);
    assert_eq!(dump.workers()[0].task(), Some(task.id().get()));
    assert_eq!(find(&dump, &task).unwrap().state(), TaskState::Running);
    gate.open();
    block_on(task).unwrap();
}

#[test]
fn a_worker_without_work_rests() {
    let pool = pool(2, WorkStealing::new());
    wait_until(|| {
        let dump = pool.handle().dump();
        let rests = |state| state == WorkerState::Resting;
        dump.workers()
            .iter()
            .all(|worker| rests(worker.state()) && worker.activity().is_none())
    });
}

#[test]
fn a_current_thread_executor_is_dumped_from_another_thread() {
    let executor = CurrentThread::builder().build_current_thread();
    let handle = executor.handle().clone();
    let never_begun = handle.spawn(async {});
    let dump = handle.dump();
    assert_eq!(dump.workers()[0].state(), WorkerState::Resting);
    assert_eq!((dump.tasks().len(), dump.never_polled()), (0, Some(1)));

    let (gate, blocked) = (Gate::default(), Gate::default());
    let task = handle.spawn({
        let (gate, blocked) = (gate.clone(), blocked.clone());
        async move {
            blocked.open();
            gate.block();
        }
    });
    let (id, inside) = (task.id().get(), handle.clone());
    let watcher = std::thread::spawn(move || {
        blocked.block();
        let dump = inside.dump();
        gate.open();
        dump
    });
    executor.block_on(task).unwrap();
    let dump = watcher.join().unwrap();
    assert_eq!(dump.workers()[0].state(), WorkerState::Polling);
    let dumped = &dump.tasks()[0];
    assert_eq!((dumped.id(), dumped.state()), (id, TaskState::Running));
    assert_eq!(dumped.worker(), Some(WorkerId::new(0)));
    executor.block_on(never_begun).unwrap();
    assert_eq!(handle.dump().workers()[0].state(), WorkerState::Resting);
}

/// Does not count its queue.
#[derive(Default)]
struct Uncounted(Mutex<VecDeque<Runnable>>);

impl Scheduler for Uncounted {
    type Local = ();

    fn attach(&self, _: WorkerId) {}

    fn push(&self, _: &mut (), task: Runnable, cause: Cause) {
        self.inject(task, cause);
    }

    fn inject(&self, task: Runnable, _: Cause) {
        self.0.lock().unwrap().push_back(task);
    }

    fn next(&self, _: &mut ()) -> Option<Runnable> {
        self.0.lock().unwrap().pop_front()
    }

    fn has_ready(&self) -> bool {
        !self.0.lock().unwrap().is_empty()
    }
}

#[test]
fn a_scheduler_that_does_not_count_is_not_taken_for_an_empty_one() {
    let dump = pool(1, Uncounted::default()).handle().dump();
    assert_eq!(dump.never_polled(), None);
    assert!(dump.to_string().contains("not counted"));
}

#[test]
fn dumps_while_everything_moves_find_no_task_twice() {
    let pool = pool(2, WorkStealing::new());
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            pool.handle().spawn(async {
                for _ in 0..500 {
                    util::YieldNow::default().await;
                }
            })
        })
        .collect();
    while !tasks.iter().all(JoinHandle::is_finished) {
        let dump = pool.handle().dump();
        let mut ids: Vec<_> = dump.tasks().iter().map(TaskDump::id).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all);
        assert!(dump.tasks().iter().all(|task| task.polls() <= 501));
    }
}
