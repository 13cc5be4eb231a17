//! A look at every live task and every worker, for finding out who waits for whom.
//!
//! Nothing is polled or stopped for it, and no lock is taken that is held while code of a task, a
//! hook, a driver or a policy's user runs: it works while every worker is stuck. Tasks that have
//! returned `Pending` are in the registry; one in its first poll is known from the worker that
//! polls it; those that wait for their first poll are counted, for queues can be counted but not
//! walked.

mod table;

use std::cmp::Reverse;
use std::collections::HashSet;
use std::panic::Location;
use std::time::Duration;

use plies_task::{TaskInfo, TaskState};

use crate::rescue::Shown;
use crate::shared::{Remote, Shared};
use crate::{Activity, Attributes, WorkerId};

/// Every live task and every worker of an executor, at one moment; made by
/// [`Handle::dump`](crate::Handle::dump).
///
/// Displayed, it is a table: workers first, then running tasks, queued ones and idle ones, of each
/// kind the one that was polled longest ago first.
///
/// Workers that are not stuck go on meanwhile, so that what is said of their tasks may be a moment
/// old: one that has just moved on may be missing, and one that was just joined may still be listed
/// as running, until its worker has seen the end of the poll.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{TaskBuilder, TaskState, ThreadPool, block_in_place};
///
/// let pool = ThreadPool::builder().workers(1).build()?;
/// let (let_go, wait) = std::sync::mpsc::channel::<()>();
/// let (tell, told) = std::sync::mpsc::channel();
/// let stuck = async move {
///     tell.send(()).unwrap();
///     let _ = wait.recv();
/// };
/// pool.handle().spawn_with(TaskBuilder::new().name("stuck"), stuck).detach();
/// told.recv().unwrap();
///
/// let dump = pool.handle().dump();
/// println!("{dump}");
/// let task = &dump.tasks()[0];
/// assert_eq!((task.name(), task.state()), (Some("stuck"), TaskState::Running));
/// # drop(let_go);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dump {
    workers: Vec<WorkerDump>,
    tasks: Vec<TaskDump>,
    never_polled: Option<usize>,
}

/// One task of a [`Dump`].
#[derive(Clone, Debug)]
pub struct TaskDump {
    id: u64,
    name: Option<Box<str>>,
    location: Option<&'static Location<'static>>,
    state: TaskState,
    polls: u64,
    since_poll: Duration,
    worker: Option<WorkerId>,
}

/// One worker of a [`Dump`].
#[derive(Clone, Debug)]
pub struct WorkerDump {
    id: WorkerId,
    spare: bool,
    state: WorkerState,
    task: Option<u64>,
    since_poll: Duration,
    activity: Option<Activity>,
    polls: u64,
    queued: usize,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WorkerState {
    /// It has nothing to do and sleeps; or no thread drives it.
    Resting,
    /// It polls a task.
    Polling,
    /// It polls a task that is in [`block_in_place`](crate::block_in_place), and another worker has
    /// taken its place.
    BlockedInPlace,
    /// It is between two polls: in its driver, its policy, or a hook.
    Between,
}

impl Dump {
    pub(crate) fn take(shared: &Shared) -> Self {
        let workers = shared.all_workers();
        let ordinary = shared.remotes().len();
        let looked: Vec<_> = workers
            .filter(|(id, remote)| id.index() < ordinary || remote.pulse.has_thread())
            .map(|(id, remote)| Looked::at(shared, id, remote))
            .collect();
        let mut tasks = registered(shared, &looked);
        let listed: HashSet<u64> = tasks.iter().map(|task| task.id).collect();
        let first_polls = looked.iter().filter(|looked| !looked.polls_any(&listed));
        tasks.extend(first_polls.filter_map(|looked| looked.first_poll(shared)));
        tasks.sort_by_key(|task| (rank(task.state), Reverse(task.since_poll), task.id));
        let waiting = tasks.iter().filter(|task| is_queued(task)).count();
        Dump {
            workers: looked.into_iter().map(|looked| looked.worker).collect(),
            never_polled: shared
                .policy()
                .queued()
                .map(|queued| queued.saturating_sub(waiting)),
            tasks,
        }
    }

    /// The workers, in the order of their identifiers, with those spare ones that are there now.
    #[must_use]
    pub fn workers(&self) -> &[WorkerDump] {
        &self.workers
    }

    /// Every live task that has begun its first poll, in the order of the table.
    #[must_use]
    pub fn tasks(&self) -> &[TaskDump] {
        &self.tasks
    }

    /// How many tasks wait in a queue for their first poll. They are not among the
    /// [`tasks`](Self::tasks). It is exact while nothing moves; `None` if the scheduler does not
    /// count its queues.
    #[must_use]
    pub fn never_polled(&self) -> Option<usize> {
        self.never_polled
    }
}

impl TaskDump {
    fn registered(shared: &Shared, info: &TaskInfo<Attributes>) -> Self {
        let stamped = shared.clock.read(info.stamp());
        TaskDump {
            id: info.id().get(),
            name: info.name().map(Into::into),
            location: Some(info.location()),
            state: info.state(),
            polls: info.polls(),
            since_poll: stamped.age,
            worker: stamped.worker,
        }
    }

    /// The task's number, [`Id::get`](crate::Id::get).
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its name, if it was spawned with one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where it was spawned; `None` only for a task whose first poll began in this very moment.
    #[must_use]
    pub fn location(&self) -> Option<&'static Location<'static>> {
        self.location
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// How often it was polled, a poll that is going on included; modulo 2^31.
    #[must_use]
    pub fn polls(&self) -> u64 {
        self.polls
    }

    /// How long ago its last poll began, or the one that is going on. The monitor looks at the clock
    /// for a busy worker every few milliseconds; without one, the worker does when it wakes up and
    /// every 61 polls. It is kept to 2.1 ms for each worker and one more (6.3 ms with two), and
    /// modulo 104 days.
    #[must_use]
    pub fn since_poll(&self) -> Duration {
        self.since_poll
    }

    /// The worker that polls it, or polled it last; `None` if that was a spare one. Which spare,
    /// is known only while it polls.
    #[must_use]
    pub fn worker(&self) -> Option<WorkerId> {
        self.worker
    }
}

impl WorkerDump {
    /// Which worker.
    #[must_use]
    pub fn id(&self) -> WorkerId {
        self.id
    }

    /// Does it stand in for one that is stuck?
    #[must_use]
    pub fn is_spare(&self) -> bool {
        self.spare
    }

    /// What it does.
    #[must_use]
    pub fn state(&self) -> WorkerState {
        self.state
    }

    /// The number of the task that it polls.
    #[must_use]
    pub fn task(&self) -> Option<u64> {
        self.task
    }

    /// How long ago its last poll began, or the one that is going on; as precise as
    /// [`TaskDump::since_poll`].
    #[must_use]
    pub fn since_poll(&self) -> Duration {
        self.since_poll
    }

    /// Whether it computes or sleeps in the system; `None` while it rests.
    #[must_use]
    pub fn activity(&self) -> Option<Activity> {
        self.activity
    }

    /// Polls that it has begun.
    #[must_use]
    pub fn polls(&self) -> u64 {
        self.polls
    }

    /// Tasks in its own queue.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queued
    }
}

/// A worker, and the task that it showed.
struct Looked<'a> {
    worker: WorkerDump,
    remote: &'a Remote,
    shown: Option<Shown>,
}

impl<'a> Looked<'a> {
    fn at(shared: &Shared, id: WorkerId, remote: &'a Remote) -> Self {
        let pulse = &remote.pulse;
        let shown = pulse.shown();
        let state = match (&shown, pulse.is_in_place(), pulse.is_resting()) {
            (Some(_), true, _) => WorkerState::BlockedInPlace,
            (_, _, true) => WorkerState::Resting,
            (Some(_), ..) => WorkerState::Polling,
            (None, ..) => WorkerState::Between,
        };
        let at_rest = state == WorkerState::Resting;
        let worker = WorkerDump {
            id,
            spare: id.index() >= shared.remotes().len(),
            state,
            task: shown.as_ref().map(|shown| shown.task).filter(|_| !at_rest),
            since_poll: shared.clock.read(pulse.began()).age,
            activity: (!at_rest).then(|| pulse.activity()),
            polls: remote.counters.polls.get(),
            queued: shared.policy().queue_stats(id).depth,
        };
        Looked {
            worker,
            remote,
            shown: shown.filter(|_| !at_rest),
        }
    }

    fn polls_any(&self, tasks: &HashSet<u64>) -> bool {
        let shown = self.shown.as_ref();
        shown.is_some_and(|shown| tasks.contains(&shown.task))
    }

    /// The task in its first poll here. It was not in the registry: it was before, and is over, or
    /// it is in its first poll and still there.
    fn first_poll(&self, shared: &Shared) -> Option<TaskDump> {
        let shown = self.shown.as_ref()?;
        let now = self.remote.pulse.shown()?;
        (now.task == shown.task).then(|| TaskDump {
            id: now.task,
            name: now.name,
            location: now.location,
            state: TaskState::Running,
            polls: 1,
            since_poll: shared.clock.read(self.remote.pulse.began()).age,
            worker: Some(self.worker.id),
        })
    }
}

/// The tasks that have returned `Pending`, with the worker of those that are polled now.
fn registered(shared: &Shared, looked: &[Looked<'_>]) -> Vec<TaskDump> {
    let mut tasks = Vec::new();
    shared.registry().for_each(|info| {
        let mut task = TaskDump::registered(shared, info);
        if task.state != TaskState::Complete {
            let shows = |looked: &&Looked<'_>| looked.worker.task == Some(task.id);
            if let Some(polling) = looked.iter().find(shows) {
                task.worker = Some(polling.worker.id);
            }
            tasks.push(task);
        }
    });
    tasks
}

/// Is it in a queue, as far as its state tells? A cancelled one may be in its last poll.
fn is_queued(task: &TaskDump) -> bool {
    matches!(task.state, TaskState::Queued | TaskState::Cancelling)
}

/// The order of the table.
fn rank(state: TaskState) -> u8 {
    match state {
        TaskState::Running => 0,
        TaskState::Cancelling => 1,
        TaskState::Queued => 2,
        _ => 3,
    }
}
