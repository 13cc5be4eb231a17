//! A look at what a runtime did and holds.

use plies_scheduler::{PollTimes, WorkerMetrics};

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
