//! How long a ready task waits, on each scheduler: `cargo bench -p plies-scheduler --bench fairness`.
//!
//! 1,000 tasks that are always ready, on 2 workers. For each task, how many polls of other tasks
//! its worker makes between two of its polls, and the bound that the scheduler states. A task that
//! changes its worker starts anew there. The last column counts the polls of both workers: it has
//! no bound, for the kernel may stop one worker while the other goes on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use plies_scheduler::{
    Fifo, Id, JoinHandle, Observer, Pinned, Priority, Scheduler, Seeded, TaskView, ThreadPool,
    WorkStealing, WorkerId, block_on,
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

struct Watcher(Mutex<Waits>);

impl Observer for Watcher {
    fn poll_started(&self, worker: WorkerId, task: &TaskView<'_>) {
        self.0.lock().unwrap().note(worker, task.id());
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

fn measure(name: &str, workers: usize, scheduler: impl Scheduler) -> std::io::Result<()> {
    let bound = scheduler.bound(TASKS);
    let watcher = Arc::new(Watcher(Mutex::default()));
    let builder = ThreadPool::builder().workers(workers).scheduler(scheduler);
    let pool = builder.observer(watcher.clone()).build()?;
    let tasks: Vec<_> = (0..TASKS).map(|_| spawn_always_ready(&pool)).collect();
    tasks
        .into_iter()
        .for_each(|task| assert!(block_on(task).is_ok()));
    drop(pool);
    let waits = watcher.0.lock().unwrap();
    let stated = bound.map_or("none".to_owned(), |bound| bound.to_string());
    let (on_worker, all) = (waits.longest_on_worker, waits.longest);
    println!("{name:<14} {on_worker:>22} {stated:>12} {all:>22}");
    assert!(
        bound.is_none_or(|bound| on_worker <= bound),
        "{name} breaks its bound"
    );
    Ok(())
}

fn main() -> std::io::Result<()> {
    println!("{TASKS} always-ready tasks on {WORKERS} workers; most polls of others in between");
    println!(
        "{:<14} {:>22} {:>12} {:>22}",
        "scheduler", "by the same worker", "bound", "by both"
    );
    measure("WorkStealing", WORKERS, WorkStealing::new())?;
    measure("Fifo", WORKERS, Fifo::new())?;
    measure("Priority", WORKERS, Priority::new(3))?;
    measure("Pinned", WORKERS, Pinned::new())?;
    // Its promise is for one worker, whose order the seed decides.
    measure("Seeded", 1, Seeded::new(1))
}
