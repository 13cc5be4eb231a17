//! An observer that prints what happens to tasks with a name.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use plies::scheduler::{Cause, Observer, Origin, Outcome, TaskView, WorkerId};
use plies::task::Id;

/// Prints one line for each event.
pub struct Timeline {
    start: Instant,
    /// The named tasks that have not ended: later events of a task carry its id only.
    names: Mutex<HashMap<Id, String>>,
}

impl Timeline {
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
            names: Mutex::default(),
        }
    }

    pub fn chapter(&self, title: &str) {
        println!("\n{title}");
    }

    fn line(&self, worker: Option<WorkerId>, name: &str, event: &str) {
        let place = worker.map_or("outside".to_owned(), |worker| {
            format!("worker {}", worker.index())
        });
        self.write(&place, name, event);
    }

    fn write(&self, place: &str, name: &str, event: &str) {
        let micros = self.start.elapsed().as_micros();
        println!("{micros:>8} µs {place:<9} {name}: {event}");
    }

    fn name(&self, task: Id) -> Option<String> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(&task).cloned()
    }
}

impl Observer for Timeline {
    fn spawned(&self, task: &TaskView<'_>, by: Origin) {
        let Some(name) = task.name() else { return };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(task.id(), name.to_owned());
        drop(names);
        let line = task.location().line();
        let event = format!("spawned at line {line} and queued, not polled");
        self.line(by.worker, name, &event);
    }

    fn woken(&self, task: &TaskView<'_>, cause: Cause, by: Origin) {
        let Some(name) = task.name() else { return };
        let by_whom = match (by.task, by.worker) {
            (Some(waker), _) => format!("by task {waker}"),
            (None, Some(worker)) => format!("by the reactor of worker {}", worker.index()),
            (None, None) => "from outside of the workers".to_owned(),
        };
        self.line(
            by.worker,
            name,
            &format!("{cause:?} {by_whom}, queued again"),
        );
    }

    fn poll_started(&self, worker: WorkerId, task: &TaskView<'_>) {
        if let Some(name) = task.name() {
            self.line(Some(worker), name, "polled");
        }
    }

    fn poll_ended(&self, worker: WorkerId, task: Id, outcome: Outcome, took: Duration) {
        if let Some(name) = self.name(task) {
            let event = format!("{outcome:?} after {} µs", took.as_micros());
            self.line(Some(worker), &name, &event);
        }
    }

    fn terminated(&self, task: Id, cancelled: bool) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.remove(&task) {
            drop(names);
            let event = if cancelled {
                "over: dropped before it was done"
            } else {
                "over"
            };
            self.write("", &name, event);
        }
    }
}
