//! A look at what the workers did.

use std::time::Duration;

use plies_shim::sync::atomic::Ordering;

use crate::WorkerId;
use crate::poll_times::PollTimes;
use crate::rescue::{RescueMetrics, Service};
use crate::shared::{Remote, Shared};

/// What an executor and its workers did so far; see [`Handle::metrics`](crate::Handle::metrics).
///
/// The figures are read one after the other while the workers go on: each is exact for its moment,
/// sums over several may be off by what happened meanwhile.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{ThreadPool, block_on};
///
/// let pool = ThreadPool::builder().workers(1).build()?;
/// block_on(pool.handle().spawn(async {})).unwrap();
/// let metrics = pool.handle().metrics();
/// assert_eq!(metrics.workers().iter().map(|worker| worker.polls).sum::<u64>(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Metrics {
    workers: Vec<WorkerMetrics>,
    spares: Vec<WorkerMetrics>,
    rescue: RescueMetrics,
    live_tasks: usize,
    injected_tasks: usize,
    suspended_tasks: usize,
    sleeping_workers: usize,
}

/// What one worker did since it started.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorkerMetrics {
    /// Which worker.
    pub worker: WorkerId,
    /// Tasks polled; a task counts each time.
    pub polls: u64,
    /// Tasks that became ready on the worker's own thread.
    pub local_pushes: u64,
    /// Times it took tasks from another worker.
    pub steals: u64,
    /// Tasks it took from other workers.
    pub stolen_tasks: u64,
    /// Times it went to sleep in its driver.
    pub parks: u64,
    /// Times it went to sleep in its driver or woke there: odd while it sleeps.
    pub park_turns: u64,
    /// How long it had something to do, rather than to sleep.
    pub busy: Duration,
    /// Times it was woken because of work, not by its driver.
    pub wakeups: u64,
    /// Looks into its driver without sleeping.
    pub driver_polls: u64,
    /// Polls in which a task met the end of its cooperative budget.
    pub budget_yields: u64,
    /// Panics caught outside of tasks: in drivers, observers and policies.
    pub panics: u64,
    /// Times that its driver failed; see [`Driver`](crate::Driver).
    pub driver_failures: u64,
    /// Tasks taken from the LIFO slot.
    pub lifo_hits: u64,
    /// Tasks that did not fit the worker's own queue.
    pub overflows: u64,
    /// How long its polls took, as far as they were timed.
    pub poll_times: PollTimes,
    /// Tasks in the worker's own queue now.
    pub queue_depth: usize,
}

impl Metrics {
    pub(crate) fn read(shared: &Shared) -> Self {
        let mut workers: Vec<_> = shared
            .all_workers()
            .map(|(id, remote)| read_worker(shared, id, remote))
            .collect();
        let spares = workers.split_off(shared.remotes().len());
        Metrics {
            workers,
            spares,
            rescue: shared.service().map(Service::metrics).unwrap_or_default(),
            live_tasks: count_live_tasks(shared),
            injected_tasks: shared.policy().injected(),
            suspended_tasks: shared.registry().len(),
            sleeping_workers: shared.idle.peek().sleepers(),
        }
    }

    /// One entry for each worker, in the order of their identifiers.
    pub fn workers(&self) -> &[WorkerMetrics] {
        &self.workers
    }

    /// One entry for each spare worker that has ever been needed, whether it is there now or not.
    pub fn spares(&self) -> &[WorkerMetrics] {
        &self.spares
    }

    /// What was done about workers that were stuck in one poll.
    pub fn rescue(&self) -> RescueMetrics {
        self.rescue
    }

    /// How long polls took on all workers, spare ones included, as far as they were timed.
    pub fn poll_times(&self) -> PollTimes {
        let mut times = PollTimes::none();
        let workers = self.workers.iter().chain(&self.spares);
        workers.for_each(|worker| times.merge(&worker.poll_times));
        times
    }

    /// Tasks that were spawned and are not over. One that ends while it is counted may be counted.
    pub fn live_tasks(&self) -> usize {
        self.live_tasks
    }

    /// Tasks in the queue that all workers share, or in the inboxes of a pinned policy, if the policy
    /// counts them.
    pub fn injected_tasks(&self) -> usize {
        self.injected_tasks
    }

    /// Live tasks that have waited for something at least once.
    pub fn suspended_tasks(&self) -> usize {
        self.suspended_tasks
    }

    /// Workers that sleep, or are about to.
    pub fn sleeping_workers(&self) -> usize {
        self.sleeping_workers
    }
}

fn count_live_tasks(shared: &Shared) -> usize {
    let counters = || shared.all_workers().map(|(_, remote)| &remote.counters);
    // The ends first: a task that ends meanwhile is counted as alive, never the other way round.
    let dropped = shared.dropped.load(Ordering::Relaxed) as u64;
    let ended: u64 = counters().map(|counters| counters.ended.get()).sum();
    let spawned: u64 = counters().map(|counters| counters.spawned.get()).sum();
    let spawned = spawned + shared.spawned_outside();
    spawned.saturating_sub(ended + dropped) as usize
}

fn read_worker(shared: &Shared, worker: WorkerId, remote: &Remote) -> WorkerMetrics {
    let counters = &remote.counters;
    let queue = shared.policy().queue_stats(worker);
    WorkerMetrics {
        worker,
        polls: counters.polls.get(),
        local_pushes: counters.local_pushes.get(),
        steals: counters.steals.get(),
        stolen_tasks: counters.stolen_tasks.get(),
        parks: remote.busy.parks(),
        park_turns: remote.busy.turns(),
        busy: remote.busy.time(),
        wakeups: counters.wakeups.get(),
        driver_polls: counters.driver_polls.get(),
        budget_yields: counters.budget_yields.get(),
        panics: counters.panics.get(),
        driver_failures: counters.driver_failures.get(),
        poll_times: remote.poll_times.read(),
        lifo_hits: queue.lifo_hits,
        overflows: queue.overflows,
        queue_depth: queue.depth,
    }
}
