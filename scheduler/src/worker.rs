//! One worker: takes tasks from its policy, polls them, and sleeps in its driver.

mod drive;

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use plies_shim::sync::atomic::{Ordering, fence};
use plies_task::{Cause, Outcome};

use crate::counters::Counters;
use crate::mutants::{Mutant, planted};
use crate::nap::Nap;
use crate::queue::LocalQueue;
use crate::reference::{SharedRef, TaskRef};
use crate::shared::{Remote, Shared};
use crate::stash::Stash;
use crate::{Driver, Runnable, TaskView, WorkerId, context};

/// A worker and its queue. The queue comes last, so that `&Worker<Queue<S>>` is also a
/// `&Worker<dyn LocalQueue>`: the loop knows the policy's type, the thread-local need not.
pub(crate) struct Worker<Q: ?Sized> {
    id: WorkerId,
    shared: Stash,
    remote: Arc<Remote>,
    driver: Arc<dyn Driver>,
    // Which driver that is: one for each ordinary worker, under its number.
    post: usize,
    // Polls until the next look into the driver.
    until_events: Cell<u32>,
    // Tasks pushed since the last poll began.
    pushed: Cell<u32>,
    // This worker was woken to search, and nobody else is while it does.
    searching: Cell<bool>,
    nap: Nap,
    queue: Q,
}

pub(crate) type AnyWorker = Worker<dyn LocalQueue>;

impl<Q: ?Sized> Worker<Q> {
    /// A worker that sleeps in the driver of the post with this number.
    pub(crate) fn new(id: WorkerId, post: usize, shared: SharedRef, queue: Q) -> Self
    where
        Q: Sized,
    {
        Worker {
            id,
            until_events: Cell::new(shared.settings.event_interval),
            remote: shared.remote(id).clone(),
            driver: shared.driver(post).clone(),
            post,
            shared: Stash::new(shared),
            pushed: Cell::new(0),
            searching: Cell::new(false),
            nap: Nap::new(),
            queue,
        }
    }

    pub(crate) fn id(&self) -> WorkerId {
        self.id
    }

    pub(crate) fn shared(&self) -> &SharedRef {
        &self.shared
    }

    pub(crate) fn remote(&self) -> &Remote {
        &self.remote
    }

    pub(crate) fn driver(&self) -> &dyn Driver {
        &*self.driver
    }

    pub(crate) fn post(&self) -> usize {
        self.post
    }

    pub(crate) fn queue(&self) -> &Q {
        &self.queue
    }

    #[inline]
    pub(crate) fn serves(&self, shared: &Shared) -> bool {
        self.shared.is(shared)
    }

    #[inline]
    pub(crate) fn counters(&self) -> &Counters {
        &self.remote.counters
    }

    /// A task's reference to the shared part.
    #[inline]
    pub(crate) fn task_ref(&self) -> TaskRef {
        TaskRef::new(self.shared.take())
    }

    /// Takes back a task's reference to the shared part.
    #[inline]
    pub(crate) fn stash(&self, reference: SharedRef) {
        self.shared.put(reference);
    }

    pub(crate) fn stole(&self, victim: WorkerId, tasks: usize) {
        self.counters().steals.add(1);
        self.counters().stolen_tasks.add(tasks as u64);
        let watch = &self.shared.watch;
        if watch.flags().is_observed() {
            watch.tell(|observer| observer.stole(self.id, victim, tasks));
        }
    }

    /// Wakes another worker if one sleeps and there is work.
    fn share_work(&self) {
        if self.shared.idle.peek().wants_wake() && self.shared.policy().has_ready() {
            self.shared.wake_one();
        }
    }
}

impl<Q: LocalQueue + ?Sized> Worker<Q> {
    /// Queues a task that was woken on this worker's thread.
    #[inline]
    pub(crate) fn make_ready(&self, task: Runnable, cause: Cause) {
        if !self.shared.watch.flags().is_plain() {
            self.shared.tell_woken(&task, cause);
        }
        self.push(task, cause);
    }

    /// Queues a task that became ready on this worker's thread.
    #[inline]
    pub(crate) fn push(&self, task: Runnable, cause: Cause) {
        let spawned = matches!(cause, Cause::Spawned);
        if let Err(task) = self.queue.push(self.id, task, cause) {
            return self.shared.inject(task, cause);
        }
        self.counters().local_pushes.add(1);
        self.pushed.set(self.pushed.get() + 1);
        // The first task of a poll is the one that this worker runs next. A further one is worth
        // another worker, if one sleeps.
        if spawned && self.pushed.get() > 1 && self.shared.idle.peek().wants_wake() {
            self.shared.wake_one();
        }
    }

    /// Polls tasks until the executor closes and there are no more.
    pub(crate) fn run(&self) {
        if let Some(first) = self.next_or_sleep() {
            self.begin_polling();
            self.poll(first);
            while let Some(task) = self.next_or_sleep() {
                self.poll(task);
            }
        }
    }

    /// The next task, as soon as there is one; `None` if the executor closes.
    #[inline(always)]
    fn next_or_sleep(&self) -> Option<Runnable> {
        loop {
            let task = self.next();
            if task.is_some() || !self.sleep(|| false) {
                return task;
            }
        }
    }

    /// The next task: from the own queue, then from the driver, then from others.
    #[inline(always)]
    pub(crate) fn next(&self) -> Option<Runnable> {
        match self.queue.next() {
            Some(task) if !self.searching.get() => Some(task),
            Some(task) => Some(self.found(task)),
            None => self.search(),
        }
    }

    fn search(&self) -> Option<Runnable> {
        self.end_polls();
        if self.is_help_needed()
            && let Some(task) = self.help()
        {
            return Some(task);
        }
        if !self.queue.has_ready(self.id) {
            return None;
        }
        // There is something to steal. Events of the own driver come first: they are here.
        self.poll_driver();
        let Some(task) = self.queue.next().or_else(|| self.queue.steal()) else {
            if self.queue.spared() {
                self.nap.plan();
            }
            return None;
        };
        self.nap.reset();
        Some(self.accept(task))
    }

    /// A task that did not come out of the own queue: ends the search, if this worker is searching.
    pub(crate) fn accept(&self, task: Runnable) -> Runnable {
        if self.searching.get() {
            self.found(task)
        } else {
            task
        }
    }

    /// The searching worker has found a task: it hands the search on if there are more.
    #[cold]
    fn found(&self, task: Runnable) -> Runnable {
        self.searching.set(false);
        self.shared.idle.stop_searching();
        if !planted(Mutant::SearcherForgetsHandOff) {
            self.share_work();
        }
        task
    }

    /// The worker leaves: what it queued without waking anybody, and the search if that was its, are
    /// for another one. The fence pairs with that of a worker that falls asleep.
    pub(crate) fn hand_over(&self) {
        if self.searching.replace(false) && !planted(Mutant::SpareKeepsSearch) {
            self.shared.idle.stop_searching();
        }
        fence(Ordering::SeqCst);
        if !planted(Mutant::SpareTellsNobody) {
            self.share_work();
        }
    }

    /// Polls one task, and now and then looks after the rest.
    #[inline(always)]
    pub(crate) fn poll(&self, task: Runnable) {
        if self.shared.watch.flags().is_plain() {
            let outcome = self.run_task(task);
            self.count_end(outcome);
        } else {
            self.run_watched(task);
        }
        self.count_poll();
    }

    /// Counts a poll, of a task or of the main future, towards the next look into the driver.
    #[inline]
    pub(crate) fn count_poll(&self) {
        let left = self.until_events.get() - 1;
        self.until_events.set(left);
        if left == 0 {
            self.maintain();
        }
    }

    // Always: it is most of the loop, and the compiler takes the cold caller for a reason not to.
    #[inline(always)]
    fn run_task(&self, task: Runnable) -> Outcome {
        let budget = match task.metadata().budget() {
            Some(own) => own.units(),
            None => self.shared.settings.budget,
        };
        context::with(|context| context.begin_poll(task.id(), budget));
        self.remote.pulse.show(&task);
        self.counters().polls.add(1);
        self.pushed.set(0);
        // Outside of the closure, which is not inlined for certain.
        let mut yielded = None;
        let outcome = task.run_with(|task| yielded = Some(task));
        if let Some(task) = yielded {
            self.make_ready(task, Cause::Yielded);
        }
        outcome
    }

    #[cold]
    fn run_watched(&self, task: Runnable) {
        self.end_polls();
        let watch = &self.shared.watch;
        let flags = watch.flags();
        if flags.is_closed() {
            return self.shared.drop_task(task);
        }
        if flags.is_relieved() {
            self.keep_post();
        }
        if flags.is_unwatched() {
            let outcome = self.run_task(task);
            return self.count_end(outcome);
        }
        let id = task.id();
        watch.tell(|observer| observer.poll_started(self.id, &TaskView::new(&task)));
        let start = Instant::now();
        let outcome = self.run_task(task);
        let took = start.elapsed();
        self.end_polls();
        self.count_end(outcome);
        if flags.is_timed() {
            self.remote.poll_times.record(took);
        }
        watch.tell(|observer| observer.poll_ended(self.id, id, outcome, took));
        if outcome.is_over() {
            watch.tell(|observer| observer.terminated(id, outcome == Outcome::Cancelled));
        }
    }

    /// Counts a task that is over after its poll. A panic may be the end of the executor.
    #[inline]
    fn count_end(&self, outcome: Outcome) {
        if outcome.is_over() {
            self.counters().ended.add(1);
            if outcome == Outcome::Panicked {
                self.task_panicked();
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn task_panicked(&self) {
        if self.shared.settings.shutdown_on_panic {
            self.end_polls();
            self.shared.fail();
        }
    }

    /// What a busy worker does every so many polls.
    #[cold]
    fn maintain(&self) {
        self.until_events.set(self.shared.settings.event_interval);
        self.end_polls();
        self.keep_time();
        self.poll_driver();
        self.help_drivers();
        if self.shared.idle.peek().wants_wake() && self.queue.wants_help() {
            self.shared.wake_one();
        }
    }

    /// Drops every task in the worker's own queue.
    pub(crate) fn drop_tasks(&self) {
        self.end_polls();
        while let Some(task) = self.queue.next() {
            self.shared.drop_task(task);
        }
    }

    /// Runs one of the loops above until it returns. A panic of a driver or a policy ends up here:
    /// it is counted, and the loop goes on.
    pub(crate) fn contained(&self, run: impl Fn(&Self)) {
        while catch_unwind(AssertUnwindSafe(|| run(self))).is_err() {
            self.counters().panics.add(1);
        }
    }

    /// Lets the driver set up its thread; undone when the guard is dropped.
    pub(crate) fn enter_driver(&self) -> Option<Box<dyn Any>> {
        catch_unwind(AssertUnwindSafe(|| self.driver.enter())).unwrap_or_else(|_| {
            self.counters().panics.add(1);
            None
        })
    }

    pub(crate) fn into_queue(self) -> Q
    where
        Q: Sized,
    {
        self.queue
    }
}
