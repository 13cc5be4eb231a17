//! How long a ready task waits, on each scheduler: `cargo bench -p plies-scheduler --bench fairness`.
//!
//! 1,000 tasks that are always ready, on 2 workers. For each task, how many polls of other tasks are
//! made between two of its polls, counted in two ways:
//!
//! - by its own worker, while the workers run freely. A task that changes its worker starts anew.
//! - by both workers, while they keep step: neither begins a poll before the other has begun as many
//!   but one, unless that one sleeps.
//!
//! Either is held against the bound that the scheduler states. The last column counts the polls of
//! both workers while they run freely. It has no bound, on any scheduler: the kernel may stop a
//! thread that has taken a task and not begun to poll it, and the other goes on meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::task::Poll;

use plies_scheduler::{
    Fifo, Id, JoinHandle, Observer, Pinned, Priority, Rescue, Scheduler, Seeded, TaskView,
    ThreadPool, WorkStealing, WorkerId, block_on,
};

const TASKS: usize = 1_000;
const POLLS: usize = 200;
const WORKERS: usize = 2;

/// What was seen of the polls so far.
#[derive(Default)]
struct Waits {
    polls: [usize; WORKERS],
    last: HashMap<Id, (WorkerId, usize, usize)>,
    longest_on_worker: usize,
    longest: usize,
}

impl Waits {
    fn note(&mut self, worker: WorkerId, task: Id) {
        let own = self.polls[worker.index()];
        let all = self.polls.iter().sum();
        self.polls[worker.index()] += 1;
        let Some((before, own_before, all_before)) = self.last.insert(task, (worker, own, all))
        else {
            return;
        };
        self.longest = self.longest.max(all - all_before - 1);
        if before == worker {
            self.longest_on_worker = self.longest_on_worker.max(own - own_before - 1);
        }
    }
}

/// Lets no worker get ahead of the others by more than one poll. Who sleeps is not waited for.
struct Step {
    // The polls that each worker has begun; `None` while it sleeps.
    begun: Mutex<[Option<usize>; WORKERS]>,
    changed: Condvar,
}

impl Step {
    fn new(workers: usize) -> Self {
        Step {
            begun: Mutex::new(std::array::from_fn(|worker| {
                (worker < workers).then_some(0)
            })),
            changed: Condvar::new(),
        }
    }

    fn begin_poll(&self, worker: WorkerId) {
        let mut begun = self.begun.lock().unwrap();
        let own = begun[worker.index()].expect("it is awake") + 1;
        while begun.iter().flatten().any(|other| other + 1 < own) {
            begun = self.changed.wait(begun).unwrap();
        }
        begun[worker.index()] = Some(own);
        self.changed.notify_all();
    }

    fn fall_asleep(&self, worker: WorkerId) {
        self.begun.lock().unwrap()[worker.index()] = None;
        self.changed.notify_all();
    }

    /// It joins those who are awake where they are.
    fn wake_up(&self, worker: WorkerId) {
        let mut begun = self.begun.lock().unwrap();
        let others = begun.iter().flatten().min().copied();
        begun[worker.index()] = Some(others.unwrap_or(0));
    }
}

struct Watcher {
    waits: Mutex<Waits>,
    step: Option<Step>,
}

impl Observer for Watcher {
    fn poll_started(&self, worker: WorkerId, task: &TaskView<'_>) {
        if let Some(step) = &self.step {
            step.begin_poll(worker);
        }
        self.waits.lock().unwrap().note(worker, task.id());
    }

    fn parked(&self, worker: WorkerId) {
        if let Some(step) = &self.step {
            step.fall_asleep(worker);
        }
    }

    fn unparked(&self, worker: WorkerId) {
        if let Some(step) = &self.step {
            step.wake_up(worker);
        }
    }
}

/// Ready at once, `POLLS` times.
fn spawn_always_ready(pool: &ThreadPool) -> JoinHandle<()> {
    let mut left = POLLS;
    pool.handle().spawn(std::future::poll_fn(move |cx| {
        left -= 1;
        if left == 0 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }))
}

/// The longest waits, by the polls of one worker and by those of all.
fn watch(
    workers: usize,
    scheduler: impl Scheduler,
    step: Option<Step>,
) -> std::io::Result<(usize, usize)> {
    let waits = Mutex::default();
    let watcher = Arc::new(Watcher { waits, step });
    // A worker that waits for the other to keep step is not stuck, and no other one is to come.
    let pool = ThreadPool::builder()
        .workers(workers)
        .scheduler(scheduler)
        .rescue(Rescue::off())
        .observer(watcher.clone())
        .build()?;
    let tasks: Vec<_> = (0..TASKS).map(|_| spawn_always_ready(&pool)).collect();
    tasks
        .into_iter()
        .for_each(|task| assert!(block_on(task).is_ok()));
    drop(pool);
    let waits = watcher.waits.lock().unwrap();
    assert_eq!(waits.polls.iter().sum::<usize>(), TASKS * POLLS);
    Ok((waits.longest_on_worker, waits.longest))
}

fn measure<S: Scheduler>(name: &str, workers: usize, make: impl Fn() -> S) -> std::io::Result<()> {
    let bound = make().bound(TASKS).expect("each states one");
    // Each end of the wait may find the other workers one poll ahead, and they may be in one.
    let bound_of_all = workers * (bound + 2);
    let (on_worker, free) = watch(workers, make(), None)?;
    let (_, in_step) = watch(workers, make(), Some(Step::new(workers)))?;
    println!("{name:<14} {on_worker:>15} {bound:>8} {in_step:>15} {bound_of_all:>8} {free:>15}");
    assert!(on_worker <= bound, "{name} breaks its bound");
    assert!(in_step <= bound_of_all, "{name} breaks its bound in step");
    Ok(())
}

fn main() -> std::io::Result<()> {
    println!("{TASKS} always-ready tasks on {WORKERS} workers; most polls of others in between");
    println!(
        "{:<14} {:>15} {:>8} {:>15} {:>8} {:>15}",
        "scheduler", "by its worker", "bound", "by all, in step", "bound", "by all, freely"
    );
    measure("WorkStealing", WORKERS, WorkStealing::new)?;
    measure("Fifo", WORKERS, Fifo::new)?;
    measure("Priority", WORKERS, || Priority::new(3))?;
    measure("Pinned", WORKERS, Pinned::new)?;
    // Its promise is for one worker, whose order the seed decides.
    measure("Seeded", 1, || Seeded::new(1))
}
