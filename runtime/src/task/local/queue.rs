//! What a local set and its tasks' wakers share: the ready tasks, and who polls them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use plies_scheduler::coop::Budget;
use plies_scheduler::with_task;
use plies_shim::sync::{Condvar, Mutex};
use plies_task::{Cause, Registry, Runnable, Schedule};

/// How many tasks one poll of a set runs before it lets others run.
const TASKS_PER_TURN: usize = 61;

/// The ready tasks of a set. Tasks are pushed from any thread, and run and dropped on the set's
/// own.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Told of each task that is pushed once the queue is closed.
    pushed: Condvar,
    /// The tasks that were polled and have not ended.
    registry: Registry,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Runnable>,
    /// Whom to wake for a task that is pushed; nobody while the set's thread is in a turn.
    waiting: Option<Waker>,
    in_turn: bool,
    closed: bool,
}

/// A task's reference to its set.
#[derive(Clone)]
pub(super) struct TaskRef(pub(super) Arc<Queue>);

impl Schedule for TaskRef {
    fn schedule(&self, task: Runnable, cause: Cause) {
        self.0.push(task, cause);
    }

    fn registry(&self) -> Option<&Registry> {
        Some(&self.0.registry)
    }
}

impl Queue {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            pushed: Condvar::new(),
            registry: Registry::with_shards(1),
        })
    }

    fn push(&self, task: Runnable, cause: Cause) {
        let mut state = self.state.lock();
        if state.closed && cause == Cause::Spawned {
            // Spawning is for the set's own thread, so the task may be dropped here.
            drop(state);
            return drop(task);
        }
        state.ready.push_back(task);
        if state.closed {
            self.pushed.notify_one();
        }
        let waiting = if state.in_turn {
            None
        } else {
            state.waiting.take()
        };
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    /// Begins a turn: until it ends nobody is woken for a task, after that `waker` is.
    pub(super) fn begin_turn(&self, waker: &Waker) -> Turn<'_> {
        let mut state = self.state.lock();
        state.in_turn = true;
        let mut before = None;
        if !state.waiting.as_ref().is_some_and(|w| w.will_wake(waker)) {
            before = state.waiting.replace(waker.clone());
        }
        drop(state);
        drop(before);
        Turn { queue: self }
    }

    fn pop(&self) -> Option<Runnable> {
        self.state.lock().ready.pop_front()
    }

    /// Whether every task has ended. Between turns, on the set's own thread.
    pub(super) fn is_empty(&self) -> bool {
        self.registry.is_empty() && self.state.lock().ready.is_empty()
    }

    /// Drops every task, on the set's own thread, and returns how many there were.
    pub(super) fn close(&self) -> usize {
        self.state.lock().closed = true;
        self.registry.close_and_cancel_all();
        let mut dropped = 0;
        while let Some(task) = self.next_to_drop() {
            drop(task);
            dropped += 1;
        }
        dropped
    }

    /// The next task of a closed queue; `None` when every task has ended.
    ///
    /// A thread that is about to push a task it has woken is waited for: after the closing, only
    /// this thread may drop it.
    fn next_to_drop(&self) -> Option<Runnable> {
        let mut state = self.state.lock();
        loop {
            if let Some(task) = state.ready.pop_front() {
                return Some(task);
            }
            if self.registry.is_empty() {
                return None;
            }
            state = self.pushed.wait(state);
        }
    }
}

/// A turn of the set's thread: while it lasts, tasks that become ready wake nobody.
pub(super) struct Turn<'a> {
    queue: &'a Queue,
}

impl Turn<'_> {
    /// Runs ready tasks, as many as one turn may.
    pub(super) fn run(self) {
        for _ in 0..TASKS_PER_TURN {
            let Some(task) = self.queue.pop() else {
                return;
            };
            with_task(task.id(), Budget::DEFAULT, || task.run());
        }
    }
}

/// Ends the turn; if it leaves tasks behind, whoever polls the set is woken to come back.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock();
        state.in_turn = false;
        let waiting = if state.ready.is_empty() {
            None
        } else {
            state.waiting.take()
        };
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}
