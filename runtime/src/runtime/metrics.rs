//! A look at what a runtime did and holds.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use plies_scheduler::{PollTimes, RescueMetrics, WorkerMetrics};

use super::Handle;

/// What a runtime has done so far and holds now; made by
/// [`Handle::metrics`](super::Handle::metrics).
///
/// Each call reads anew. The workers go on meanwhile, so figures read one after the other may be
/// off by what happened between.
///
/// # Examples
///
/// ```
/// # #[plies::main(worker_threads = 2)]
/// # async fn main() {
/// plies::spawn(async {}).await.unwrap();
///
/// let metrics = plies::runtime::Handle::current().metrics();
/// assert_eq!(metrics.num_workers(), 2);
/// assert_eq!(metrics.workers().iter().map(|worker| worker.polls).sum::<u64>(), 1);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RuntimeMetrics {
    handle: Handle,
}

impl RuntimeMetrics {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// How many workers there are.
    #[must_use]
    pub fn num_workers(&self) -> usize {
        self.handle.executor().workers()
    }

    /// What each worker did.
    #[must_use]
    pub fn workers(&self) -> Vec<WorkerMetrics> {
        self.handle.executor().metrics().workers().to_vec()
    }

    /// How many tasks there are: spawned, and not over yet. One that ends at this moment may be
    /// counted; jobs of the blocking pool are not, nor are the tasks of a
    /// [`LocalSet`](crate::task::LocalSet).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let metrics = plies::runtime::Handle::current().metrics();
    /// let task = plies::spawn(async {});
    /// assert_eq!(metrics.num_alive_tasks(), 1);
    /// task.await.unwrap();
    /// assert_eq!(metrics.num_alive_tasks(), 0);
    /// # }
    /// ```
    #[must_use]
    pub fn num_alive_tasks(&self) -> usize {
        self.handle.executor().metrics().live_tasks()
    }

    /// How many tasks that became ready on other threads wait to be taken. A scheduler of your own
    /// says so by [`Scheduler::injected`](crate::scheduler::Scheduler::injected).
    #[must_use]
    pub fn global_queue_depth(&self) -> usize {
        self.handle.executor().metrics().injected_tasks()
    }

    /// How long a worker had something to do so far, rather than to sleep; never less than before.
    ///
    /// # Panics
    ///
    /// When `worker` is not below [`num_workers`](Self::num_workers).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let metrics = plies::runtime::Handle::current().metrics();
    /// let before = metrics.worker_total_busy_duration(0);
    /// std::thread::sleep(std::time::Duration::from_millis(1)); // It looks busy.
    /// let after = metrics.worker_total_busy_duration(0);
    /// assert!(after - before >= std::time::Duration::from_millis(1));
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn worker_total_busy_duration(&self, worker: usize) -> Duration {
        self.worker(worker).busy
    }

    /// How often a worker went to sleep so far.
    ///
    /// # Panics
    ///
    /// When `worker` is not below [`num_workers`](Self::num_workers).
    #[must_use]
    #[track_caller]
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        self.worker(worker).parks
    }

    /// How often a worker went to sleep, and how often it woke, so far: odd while it sleeps.
    ///
    /// # Panics
    ///
    /// When `worker` is not below [`num_workers`](Self::num_workers).
    #[must_use]
    #[track_caller]
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        self.worker(worker).park_turns
    }

    #[track_caller]
    fn worker(&self, worker: usize) -> WorkerMetrics {
        let metrics = self.handle.executor().metrics();
        let workers = metrics.workers();
        match workers.get(worker) {
            Some(metrics) => metrics.clone(),
            None => panic!(
                "there is no worker {worker}: this runtime has {}, counted from 0",
                workers.len()
            ),
        }
    }

    /// What each spare worker did that has ever been needed, whether it is there now or not.
    #[must_use]
    pub fn spare_workers(&self) -> Vec<WorkerMetrics> {
        self.handle.executor().metrics().spares().to_vec()
    }

    /// What was done about workers that one poll kept busy or blocked: how many such polls there
    /// were, how often another worker helped or took over, and how many spare workers there are now.
    #[must_use]
    pub fn rescue(&self) -> RescueMetrics {
        self.handle.executor().metrics().rescue()
    }

    /// Live tasks that have waited for something at least once.
    #[must_use]
    pub fn suspended_tasks(&self) -> usize {
        self.handle.executor().metrics().suspended_tasks()
    }

    /// How many workers sleep now.
    #[must_use]
    pub fn sleeping_workers(&self) -> usize {
        self.handle.executor().metrics().sleeping_workers()
    }

    /// How long polls took, counted since [`time_polls`](Self::time_polls) switched that on.
    #[must_use]
    pub fn poll_times(&self) -> PollTimes {
        self.handle.executor().metrics().poll_times()
    }

    /// Switches on, or off, that the length of each poll is counted. It costs two looks at the
    /// clock a poll.
    pub fn time_polls(&self, on: bool) {
        self.handle.executor().time_polls(on);
    }

    /// How many threads the blocking pool has now.
    #[must_use]
    pub fn num_blocking_threads(&self) -> usize {
        self.handle.blocking().threads()
    }

    /// How many threads of the blocking pool have nothing to do now.
    #[must_use]
    pub fn num_idle_blocking_threads(&self) -> usize {
        self.handle.blocking().idle()
    }

    /// How many jobs wait for a thread of the blocking pool.
    #[must_use]
    pub fn blocking_queue_depth(&self) -> usize {
        self.handle.blocking().queued()
    }
}

impl UnwindSafe for RuntimeMetrics {}
impl RefUnwindSafe for RuntimeMetrics {}
