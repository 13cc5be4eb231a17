//! Tasks that are not `Send`, run by whoever polls them.
//!
//! One lock says which tasks are ready and whom to wake for them:
//!
//! | transition | by |
//! |---|---|
//! | a task is ready; who waits is woken, unless a turn goes on | any thread that wakes a task |
//! | a turn begins: who polls waits from now on, and is not woken before its end | the tasks' own thread |
//! | a turn ends; who waits is woken if it leaves ready tasks | the tasks' own thread |
//! | closed: what was polled is cancelled, what is ready is dropped | the tasks' own thread |

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::task::Waker;

use plies_shim::sync::{Condvar, Mutex};
use plies_task::{Cause, JoinHandle, Outcome, Registry, Runnable, Schedule};

use crate::coop::Budget;
use crate::mutants::{Mutant, planted};
use crate::with_task;

/// How many tasks one turn runs before it lets others run.
const TASKS_PER_TURN: usize = 61;

/// Tasks that need not be `Send`, run by whoever polls them, on one thread: an executor for the
/// inside of a future.
///
/// They do nothing by themselves. A future that drives them begins a [turn](Self::begin_turn) in
/// each of its polls, and is woken when a task is ready after it.
///
/// # Contract
///
/// Tasks are spawned, run and dropped on one thread; on another, running one panics, and so does
/// dropping it. Call [`close`](Self::close) on that thread before the last of this value goes, or
/// tasks that wait for something may keep it alive.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::rc::Rc;
/// use std::task::Poll;
/// use plies_scheduler::{LocalTasks, block_on};
///
/// let tasks = LocalTasks::new();
/// let shared = Rc::new(20);
/// let task = tasks.spawn(None, async move { *shared + 1 });
/// block_on(poll_fn(|cx| {
///     tasks.begin_turn(cx.waker()).run();
///     if tasks.is_empty() { Poll::Ready(()) } else { Poll::Pending }
/// }));
/// assert_eq!(block_on(task).unwrap(), 21);
/// tasks.close();
/// ```
#[derive(Clone)]
pub struct LocalTasks {
    queue: Arc<Queue>,
}

/// The ready tasks. They are pushed from any thread, and run and dropped on their own.
struct Queue {
    state: Mutex<State>,
    /// Told of each task that is pushed once the queue is closed.
    pushed: Condvar,
    /// The tasks that were polled and have not ended.
    registry: Registry,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Runnable>,
    /// Whom to wake for a task that is pushed; nobody while the tasks' thread is in a turn.
    waiting: Option<Waker>,
    in_turn: bool,
    closed: bool,
    on_panic: OnPanic,
}

impl State {
    /// Whom to wake, outside of the lock, for tasks that are ready: nobody during a turn.
    fn take_waiting(&mut self) -> Option<Waker> {
        let due = !self.in_turn && !self.ready.is_empty();
        due.then(|| self.waiting.take()).flatten()
    }
}

/// What a panic in a task means for the others.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum OnPanic {
    #[default]
    GoOn,
    Close,
    /// There was one, and the others have been dropped.
    Closed,
}

/// A task's reference to its queue.
#[derive(Clone)]
struct TaskRef(Arc<Queue>);

impl Schedule for TaskRef {
    fn schedule(&self, task: Runnable, cause: Cause) {
        self.0.push(task, cause);
    }

    fn registry(&self) -> Option<&Registry> {
        Some(&self.0.registry)
    }
}

impl LocalTasks {
    /// No tasks, on this thread.
    pub fn new() -> Self {
        LocalTasks {
            queue: Arc::new(Queue {
                state: Mutex::default(),
                pushed: Condvar::new(),
                registry: Registry::with_shards(1),
            }),
        }
    }

    /// Starts a task, with a name if it has one: it is queued, and never polled in this call.
    ///
    /// After [`close`](Self::close) it is cancelled at once.
    #[track_caller]
    pub fn spawn<F>(&self, name: Option<&str>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut builder = plies_task::Builder::new();
        if let Some(name) = name {
            builder = builder.name(name);
        }
        let (task, handle) = builder.spawn_local(future, TaskRef(self.queue.clone()));
        task.schedule();
        handle
    }

    /// Begins a turn: until it ends nobody is woken for a task, after that `waker` is.
    pub fn begin_turn(&self, waker: &Waker) -> LocalTurn<'_> {
        self.queue.begin_turn(waker);
        LocalTurn { queue: &self.queue }
    }

    /// Has every task ended? Asked between turns, on the tasks' own thread.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Sets whether a panic in a task is the end of all; if not, which is so unless set, it ends its
    /// task and nothing else.
    ///
    /// The others are dropped then, what is spawned is cancelled, and [`LocalTurn::run`] panics.
    pub fn shutdown_on_panic(&self, shutdown: bool) {
        self.queue.shutdown_on_panic(shutdown);
    }

    /// Drops every task, on their own thread, and returns how many there were. Later ones are
    /// cancelled at once.
    pub fn close(&self) -> usize {
        self.queue.close()
    }
}

impl Default for LocalTasks {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LocalTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalTasks").finish_non_exhaustive()
    }
}

impl Queue {
    fn push(&self, task: Runnable, cause: Cause) {
        let mut state = self.state.lock();
        if state.closed && cause == Cause::Spawned {
            // Spawning is for the tasks' own thread, so this one may be dropped here.
            drop(state);
            return drop(task);
        }
        state.ready.push_back(task);
        if state.closed && !planted(Mutant::LocalPushForgetsCloser) {
            self.pushed.notify_one();
        }
        let waiting = state.take_waiting();
        drop(state);
        if !planted(Mutant::LocalPushTellsNobody) {
            waiting.into_iter().for_each(Waker::wake);
        }
    }

    fn begin_turn(&self, waker: &Waker) {
        let mut state = self.state.lock();
        state.in_turn = true;
        let mut before = None;
        if !state.waiting.as_ref().is_some_and(|w| w.will_wake(waker)) {
            before = state.waiting.replace(waker.clone());
        }
        drop(state);
        drop(before);
    }

    fn pop(&self) -> Option<Runnable> {
        self.state.lock().ready.pop_front()
    }

    fn is_empty(&self) -> bool {
        self.registry.is_empty() && self.state.lock().ready.is_empty()
    }

    fn shutdown_on_panic(&self, shutdown: bool) {
        let on_panic = if shutdown {
            OnPanic::Close
        } else {
            OnPanic::GoOn
        };
        self.state.lock().on_panic = on_panic;
    }

    /// A task has panicked: closes and drops the others, if that is what it means. It waits for
    /// nobody: one of them may be further down this thread's stack.
    #[cold]
    fn panicked(&self) {
        let mut state = self.state.lock();
        if state.on_panic != OnPanic::Close {
            return;
        }
        state.on_panic = OnPanic::Closed;
        state.closed = true;
        drop(state);
        self.registry.close_and_cancel_all();
        while let Some(task) = self.pop() {
            drop(task);
        }
    }

    /// Panics if a task's panic was the end of all.
    fn check_panicked(&self) {
        let on_panic = self.state.lock().on_panic;
        assert!(
            on_panic != OnPanic::Closed,
            "a task panicked, and those that run with it are to shut down when one does: its own \
             panic was reported before this one"
        );
    }

    fn close(&self) -> usize {
        self.state.lock().closed = true;
        self.registry.close_and_cancel_all();
        let mut dropped = 0;
        while let Some(task) = self.next_to_drop() {
            drop(task);
            dropped += 1;
        }
        // It may be one of the tasks that waited here, which would keep this queue alive.
        let waiting = self.state.lock().waiting.take();
        drop(waiting);
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
            if self.registry.is_empty() || planted(Mutant::LocalCloseWaitsForNobody) {
                return None;
            }
            state = self.pushed.wait(state);
        }
    }
}

/// A turn of [`LocalTasks`]: while it lasts, tasks that become ready wake nobody.
#[must_use = "dropped at once, it runs no task"]
pub struct LocalTurn<'a> {
    queue: &'a Queue,
}

impl LocalTurn<'_> {
    /// Runs ready tasks, 61 at most.
    ///
    /// # Panics
    ///
    /// When a task panics, or has before, and that is the [end of all](LocalTasks::shutdown_on_panic).
    pub fn run(self) {
        for _ in 0..TASKS_PER_TURN {
            let Some(task) = self.queue.pop() else {
                break;
            };
            if with_task(task.id(), Budget::DEFAULT, || task.run()) == Outcome::Panicked {
                self.queue.panicked();
            }
        }
        self.queue.check_panicked();
    }
}

impl fmt::Debug for LocalTurn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalTurn").finish_non_exhaustive()
    }
}

/// Ends the turn; if it leaves tasks behind, whoever began it is woken to come back.
impl Drop for LocalTurn<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock();
        state.in_turn = false;
        let waiting = state.take_waiting();
        drop(state);
        if !planted(Mutant::TurnEndTellsNobody) {
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}
