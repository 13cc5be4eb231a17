//! The part of an executor that its workers, handles and tasks share.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crossbeam_utils::CachePadded;
use plies_shim::sync::atomic::{AtomicUsize, Ordering, fence};
use plies_task::{Cause, Registry};

use crate::busy::Busy;
use crate::clock::Clock;
use crate::counters::Counters;
use crate::idle::Idle;
use crate::mutants::{Mutant, planted};
use crate::poll_times::Histogram;
use crate::queue::{Policy, Queues};
use crate::reference::SharedRef;
use crate::rescue::{Pulse, Service};
use crate::shutdown::Exits;
use crate::watch::Watch;
use crate::{
    Attributes, Driver, Observer, Origin, Runnable, Scheduler, TaskBuilder, TaskView, WorkerId,
    context,
};

/// How the workers of one executor behave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Cooperative budget of a poll.
    pub(crate) budget: u16,
    /// Polls between two looks into the driver.
    pub(crate) event_interval: u32,
    /// A panic in a task ends the executor.
    pub(crate) shutdown_on_panic: bool,
}

/// What others reach of a worker.
pub(crate) struct Remote {
    pub(crate) counters: CachePadded<Counters>,
    pub(crate) pulse: Pulse,
    pub(crate) busy: Busy,
    pub(crate) poll_times: Histogram,
    // Whose driver it sleeps in: its own, or for a spare that of the worker it stands in for. It is
    // set before the spare starts, and read of sleepers, whose list has a lock: no atomic for the
    // model checkers.
    post: std::sync::atomic::AtomicUsize,
}

impl Remote {
    pub(crate) fn new(post: usize) -> Self {
        Remote {
            counters: CachePadded::default(),
            pulse: Pulse::new(),
            busy: Busy::new(),
            poll_times: Histogram::default(),
            post: post.into(),
        }
    }

    pub(crate) fn post(&self) -> usize {
        self.post.load(Ordering::Relaxed)
    }

    pub(crate) fn set_post(&self, post: usize) {
        self.post.store(post, Ordering::Relaxed);
    }
}

pub(crate) struct Shared {
    pub(crate) watch: Watch,
    pinned: bool,
    threaded: bool,
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    policy: Arc<dyn Policy>,
    remotes: Box<[Arc<Remote>]>,
    drivers: Box<[Arc<dyn Driver>]>,
    service: Option<Service>,
    registry: Registry<Attributes>,
    pub(crate) idle: Idle,
    pub(crate) exits: Exits,
    // Tasks spawned by threads that run none of the workers; for statistics, so not the shim's. On a
    // line of its own: workers read this structure at every poll.
    spawned: CachePadded<AtomicU64>,
    // Where the next task of a pinned policy goes that named no worker.
    next_home: CachePadded<AtomicUsize>,
    // Tasks that shutdown dropped out of the queues.
    pub(crate) dropped: AtomicUsize,
}

impl Shared {
    pub(crate) fn create<S: Scheduler>(
        queues: Arc<Queues<S>>,
        drivers: Vec<Arc<dyn Driver>>,
        settings: Settings,
        observer: Option<Arc<dyn Observer>>,
        service: Option<Service>,
        threaded: bool,
    ) -> SharedRef {
        let remotes = (0..drivers.len()).map(Remote::new).map(Arc::new).collect();
        SharedRef::new(Shared {
            watch: Watch::new(observer),
            pinned: queues.policy().pinned(),
            threaded,
            settings,
            clock: Clock::new(drivers.len()),
            policy: queues,
            dropped: AtomicUsize::new(0),
            exits: Exits::new(),
            remotes,
            drivers: drivers.into(),
            service,
            registry: new_registry(threaded),
            spawned: CachePadded::new(AtomicU64::new(0)),
            idle: Idle::new(),
            next_home: CachePadded::new(AtomicUsize::new(0)),
        })
    }

    pub(crate) fn policy(&self) -> &dyn Policy {
        &*self.policy
    }

    #[inline]
    pub(crate) fn registry(&self) -> &Registry<Attributes> {
        &self.registry
    }

    pub(crate) fn remotes(&self) -> &[Arc<Remote>] {
        &self.remotes
    }

    pub(crate) fn remote(&self, worker: WorkerId) -> &Arc<Remote> {
        let ordinary = self.remotes.get(worker.index());
        match (ordinary, &self.service) {
            (Some(remote), _) => remote,
            (None, Some(service)) => service.spare(worker),
            (None, None) => panic!("{worker:?} is none of this executor's workers"),
        }
    }

    /// Counts a task that is spawned by the worker `here`, or by a thread that is none.
    #[inline]
    pub(crate) fn count_spawned(&self, here: Option<&Counters>) {
        match here {
            Some(counters) => counters.spawned.add(1),
            None => {
                self.spawned.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Tasks that threads which run none of the workers have spawned so far.
    pub(crate) fn spawned_outside(&self) -> u64 {
        self.spawned.load(Ordering::Relaxed)
    }

    /// Ordinary workers, then every spare that has ever started.
    pub(crate) fn all_workers(&self) -> impl Iterator<Item = (WorkerId, &Arc<Remote>)> {
        let ordinary = self.remotes.iter().enumerate();
        let spares = self.service.iter().flat_map(Service::spares);
        ordinary
            .map(|(index, remote)| (WorkerId::new(index), remote))
            .chain(spares)
    }

    pub(crate) fn driver(&self, post: usize) -> &Arc<dyn Driver> {
        &self.drivers[post]
    }

    /// The rescue, unless it is switched off.
    pub(crate) fn service(&self) -> Option<&Service> {
        self.service.as_ref()
    }

    /// Ends a worker's sleep, or its next one.
    pub(crate) fn unpark(&self, worker: WorkerId) {
        self.driver(self.remote(worker).post()).unpark();
    }

    /// Are there tasks in a worker's queue that others could take?
    pub(crate) fn has_queued(&self, worker: WorkerId) -> bool {
        !self.pinned && self.policy.queue_stats(worker).depth > 0
    }

    /// Does each worker have a thread of its own?
    pub(crate) fn is_threaded(&self) -> bool {
        self.threaded
    }

    /// Do tasks stay on the worker that they were spawned for?
    pub(crate) fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// The worker that a pinned policy has to run this task on.
    fn home(&self, task: &Runnable) -> Option<WorkerId> {
        if self.pinned {
            task.metadata().worker()
        } else {
            None
        }
    }

    /// A task to be spawned by the worker `here`, or by a thread that is none. Chooses its worker,
    /// if the policy is pinned and the task names none.
    #[inline]
    pub(crate) fn prepare(
        &self,
        task: TaskBuilder,
        here: Option<WorkerId>,
    ) -> plies_task::Builder<Attributes> {
        let TaskBuilder {
            name,
            mut attributes,
        } = task;
        if self.pinned {
            let home = match (attributes.worker(), here) {
                (None, Some(here)) => here,
                (named, here) => self.choose_home(named, here),
            };
            attributes = attributes.with_worker(home);
        }
        let builder = plies_task::Builder::new().metadata(attributes);
        match name {
            Some(name) => builder.name(name),
            None => builder,
        }
    }

    #[cold]
    fn choose_home(&self, named: Option<WorkerId>, here: Option<WorkerId>) -> WorkerId {
        let workers = self.remotes.len();
        let named = named.filter(|worker| worker.index() < workers);
        named.or(here).unwrap_or_else(|| {
            WorkerId::new(self.next_home.fetch_add(1, Ordering::Relaxed) % workers)
        })
    }

    /// Queues a task that was woken on a thread that runs none of the workers.
    pub(crate) fn make_ready(&self, task: Runnable, cause: Cause) {
        if !self.watch.flags().is_plain() {
            self.tell_woken(&task, cause);
        }
        self.inject(task, cause);
    }

    /// Queues a task that became ready on a thread that runs none of the workers.
    pub(crate) fn inject(&self, task: Runnable, cause: Cause) {
        let home = self.home(&task);
        self.policy.inject(task, cause);
        if !planted(Mutant::InjectSkipsFence) {
            fence(Ordering::SeqCst);
        }
        let state = self.idle.peek();
        if state.is_closed() {
            if !planted(Mutant::LateTaskNotSwept) {
                self.sweep();
            }
        } else if let Some(home) = home
            && state.sleepers() > 0
        {
            self.wake_worker(home);
        } else if state.wants_wake() && !planted(Mutant::InjectWakesNobody) {
            self.wake_one();
        }
    }

    #[cold]
    pub(crate) fn tell_spawned(&self, task: &Runnable) {
        self.watch
            .tell(|observer| observer.spawned(&TaskView::new(task), self.origin()));
    }

    #[cold]
    pub(crate) fn tell_woken(&self, task: &Runnable, cause: Cause) {
        self.watch
            .tell(|observer| observer.woken(&TaskView::new(task), cause, self.origin()));
    }

    /// Who causes what happens now on this thread.
    fn origin(&self) -> Origin {
        // SAFETY: the reference does not leave this function.
        let worker = unsafe { context::worker() }.filter(|worker| worker.serves(self));
        Origin::new(worker.map(|worker| worker.id()), context::current_task())
    }

    /// Wakes a sleeping worker to search, unless one searches already. Where tasks are pinned there
    /// is nothing to search for.
    #[cold]
    pub(crate) fn wake_one(&self) {
        if self.pinned {
            return;
        }
        if let Some(worker) = self.idle.choose_searcher() {
            self.unpark(worker);
        }
    }

    /// Wakes a sleeping worker to look after those who are late; false if none sleeps.
    pub(crate) fn wake_helper(&self) -> bool {
        let helper = self.idle.choose_helper();
        helper.inspect(|worker| self.unpark(*worker)).is_some()
    }

    fn wake_worker(&self, worker: WorkerId) {
        if self.idle.choose(worker) {
            self.unpark(worker);
        }
    }
}

/// The table of live tasks: with one lock if one thread polls them all, or if a model checker has to
/// explore it.
fn new_registry(threaded: bool) -> Registry<Attributes> {
    match threaded && !cfg!(any(plies_loom, plies_shuttle)) {
        true => Registry::new(),
        false => Registry::with_shards(1),
    }
}
