//! A scheduling policy of one's own: the ready task with the earliest deadline comes next.
//!
//! A task says in its hint after how many other polls it wants its own. `cargo run --example
//! earliest_deadline` runs a program on it, `cargo test --example earliest_deadline` puts it through
//! the conformance kit.

use std::collections::BTreeMap;

use plies_scheduler::{
    Attributes, Cause, CurrentThread, Runnable, Scheduler, TaskBuilder, WorkerId,
};
use plies_shim::sync::Mutex;

/// The furthest that a deadline may lie ahead, so that no task is put off for ever.
const FURTHEST: u64 = 1000;

/// The ready task with the earliest deadline comes next.
#[derive(Default)]
pub struct EarliestDeadline(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// Tasks that became ready so far: the clock that deadlines are measured on.
    now: u64,
    /// By deadline; of equal ones, the first to become ready comes first.
    tasks: BTreeMap<(u64, u64), Runnable>,
}

impl Scheduler for EarliestDeadline {
    type Local = ();

    fn attach(&self, _: WorkerId) {}

    fn push(&self, _: &mut (), task: Runnable, cause: Cause) {
        self.inject(task, cause);
    }

    fn inject(&self, task: Runnable, _: Cause) {
        let mut queue = self.0.lock();
        queue.now += 1;
        let deadline = queue.now + task.metadata().hint().min(FURTHEST);
        let key = (deadline, queue.now);
        queue.tasks.insert(key, task);
    }

    fn next(&self, _: &mut ()) -> Option<Runnable> {
        Some(self.0.lock().tasks.pop_first()?.1)
    }

    fn has_ready(&self) -> bool {
        !self.0.lock().tasks.is_empty()
    }

    /// Only what was ready before a task, or becomes ready before its deadline, can come first.
    fn bound(&self, ready: usize) -> Option<usize> {
        Some(ready + FURTHEST as usize)
    }
}

plies_scheduler::conformance!(EarliestDeadline::default);

fn main() {
    let executor = CurrentThread::builder()
        .scheduler(EarliestDeadline::default())
        .build_current_thread();
    let jobs = [
        ("backup", 900),
        ("report", 300),
        ("keystroke", 0),
        ("frame", 16),
    ];
    let tasks: Vec<_> = jobs
        .into_iter()
        .map(|(name, within)| {
            let task = TaskBuilder::new().attributes(Attributes::new().with_hint(within));
            executor
                .handle()
                .spawn_with(task, async move { println!("{name}, due in {within}") })
        })
        .collect();
    executor.block_on(async {
        for task in tasks {
            task.await.expect("no job panics");
        }
    });
}
