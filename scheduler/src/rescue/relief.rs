//! A worker's side of the rescue: resting, helping, holding a post, standing in, stepping aside.

use std::io;
use std::time::{Duration, Instant};

use plies_shim::sync::atomic::{Ordering, fence};
use plies_task::Cause;

use crate::WorkerId;
use crate::mutants::{Mutant, planted};
use crate::queue::LocalQueue;
use crate::rescue::{Pulse, Service, Thread, Vacancy};
use crate::shared::Shared;
use crate::worker::{AnyWorker, Worker};
use crate::{Runnable, context};

impl<Q: ?Sized> Worker<Q> {
    fn service(&self) -> Option<&Service> {
        self.shared().service()
    }

    pub(crate) fn pulse(&self) -> &Pulse {
        &self.remote().pulse
    }

    /// The worker's thread has started.
    pub(crate) fn start_working(&self) {
        self.pulse().set_thread(Thread::current());
        self.remote().busy.begin();
        self.rouse();
    }

    /// The worker's thread is about to end: nobody waits for its next poll.
    pub(crate) fn stop_working(&self) {
        self.remote().busy.end();
        self.stop_driving();
        self.pulse().forget_thread();
    }

    /// From here on the worker's counter stands still for no fault of a task.
    pub(crate) fn rest(&self) {
        // In a model without a rescue nobody asks.
        if self.service().is_some() || !cfg!(any(plies_loom, plies_shuttle)) {
            self.pulse().set_resting(true);
        }
    }

    /// The thread that drove the worker leaves it.
    pub(crate) fn stop_driving(&self) {
        self.pulse().clear();
        self.rest();
    }

    /// It polls tasks again.
    pub(crate) fn rouse(&self) {
        self.note_time();
        match self.service() {
            Some(service) => service.rouse(self.pulse()),
            None if cfg!(any(plies_loom, plies_shuttle)) => {}
            None => self.pulse().set_resting(false),
        }
    }

    /// Looks at the clock, for the tasks that are polled from now on.
    fn note_time(&self) {
        let now = self.shared().clock.stamp(self.id());
        self.pulse().set_now(now);
        self.pulse().set_began(now);
    }

    /// What a busy worker does now and then, unless the monitor does.
    pub(crate) fn keep_time(&self) {
        if !self.service().is_some_and(Service::is_monitored) {
            self.note_time();
        }
    }

    /// Before the worker's first poll.
    pub(crate) fn begin_polling(&self) {
        if self.counters().polls.get() == 0
            && let Some(service) = self.service()
        {
            service.begin_polling(self.shared());
        }
    }

    /// Back to the worker's own code: what it does now is not part of a task.
    pub(crate) fn end_polls(&self) {
        context::with(|context| context.end_polls());
        self.pulse().clear();
    }

    /// Sleeps in the driver, if nobody else holds the post, for at most `limit`.
    pub(crate) fn park_driver(&self, limit: Option<Duration>) -> io::Result<()> {
        let Some(service) = self.service() else {
            return self.driver().park(limit);
        };
        let patience = service.patience();
        let began = patience.map(|_| Instant::now());
        let slept = service.park(self.post(), self.id(), self.driver(), limit.or(patience));
        // A driver that fails keeps nobody asleep.
        if began.is_some_and(|began| slept.is_err() || Some(began.elapsed()) >= patience) {
            service.start_monitor(self.shared());
        }
        slept
    }

    /// Takes the post back, if this worker is its owner and a spare holds it.
    pub(crate) fn keep_post(&self) {
        if let Some(service) = self.service()
            && self.id().index() == self.post()
        {
            service.post(self.post()).reclaim(self.id(), self.driver());
        }
    }

    /// Does somebody else hold the post by now?
    fn is_deposed(&self) -> bool {
        let service = self.service();
        service.is_some_and(|service| !service.post(self.post()).is_held_by(self.id()))
    }

    /// A spare takes the post of a stuck worker; false if it is not needed there any more.
    pub(crate) fn take_over(&self, stuck: WorkerId) -> bool {
        let service = self.service();
        self.shared().watch.set_relieved(true);
        service.is_some_and(|service| service.post(self.post()).take_over(stuck, self.id()))
    }

    #[inline]
    pub(crate) fn is_help_needed(&self) -> bool {
        self.service().is_some_and(Service::is_needed)
    }
}

impl<Q: LocalQueue + ?Sized> Worker<Q> {
    /// Looks into the drivers of the workers that are late.
    pub(crate) fn help_drivers(&self) {
        let Some(service) = self.service().filter(|service| service.is_needed()) else {
            return;
        };
        let others = service.late_posts().filter(|post| *post != self.post());
        others.for_each(|post| self.poll_events(&**self.shared().driver(post)));
    }

    /// Does what late workers leave undone: their drivers, then their tasks. A policy may leave a
    /// LIFO slot alone at a thief's first look, so it is asked twice.
    #[cold]
    pub(crate) fn help(&self) -> Option<Runnable> {
        self.help_drivers();
        self.take_any().map(|task| self.accept(task))
    }

    fn take_any(&self) -> Option<Runnable> {
        let next = self.queue().next();
        next.or_else(|| self.queue().steal())
            .or_else(|| self.queue().steal())
    }

    /// What a spare does: polls tasks as long as it holds the post.
    pub(crate) fn stand_in(&self) {
        // Events first: the tasks that they wake are behind nobody's. Then the stuck worker's.
        self.poll_events(self.driver());
        if let Some(task) = self.take_any() {
            self.poll(task);
        }
        while !self.is_deposed() {
            match self.next() {
                Some(task) => self.poll(task),
                None if self.sleep(|| false) => {}
                None => return,
            }
        }
        self.end_polls();
        self.hand_over();
    }
}

impl Shared {
    /// Queues tasks that leave the queue of a worker which does not look into it any more. As in
    /// [`inject`](Self::inject), with one fence for all.
    pub(crate) fn inject_all(&self, tasks: Vec<Runnable>) {
        if self.is_pinned() {
            let each = tasks.into_iter();
            return each.for_each(|task| self.inject(task, Cause::Woken));
        }
        if tasks.is_empty() {
            return;
        }
        for task in tasks {
            self.policy().inject(task, Cause::Woken);
        }
        fence(Ordering::SeqCst);
        let state = self.idle.peek();
        if state.is_closed() {
            self.sweep();
        } else if state.wants_wake() {
            self.wake_one();
        }
    }
}

impl AnyWorker {
    /// The task that this worker polls is about to block, and says so: whatever else waits here is
    /// others' from now on. The caller has taken the worker off the thread, so that nothing that
    /// becomes ready meanwhile is queued here.
    pub(crate) fn step_aside(&self) {
        let shared = self.shared();
        if !shared.is_pinned() && !planted(Mutant::AsideKeepsTasks) {
            shared.inject_all(self.queue().vacate());
        }
        let Some(service) = self.service() else {
            return;
        };
        self.pulse().set_in_place(true);
        let vacancy = Vacancy {
            post: self.post(),
            stuck: self.id(),
            polls: self.counters().polls.get(),
            announced: true,
        };
        // Replaced by the monitor, or by an earlier call in this poll: somebody is there.
        let on_duty = service.post(self.post()).is_held_by(self.id());
        if !on_duty || service.replace(shared, vacancy) {
            self.rest();
        } else {
            // There is no spare to be had: those who sleep look after what they can. If that is
            // because the executor closes, nobody else may come to drop what the task waits for.
            self.pulse().set_in_place(false);
            shared.wake_helper();
            if !planted(Mutant::RefusedSkipsSweep) {
                shared.sweep();
            }
        }
    }

    /// The task goes on. Whoever holds the post keeps it until the worker's next poll, so that a
    /// task that blocks again in this one finds it there.
    pub(crate) fn step_back(&self) {
        if self.service().is_some() {
            self.pulse().set_in_place(false);
        }
        self.rouse();
    }
}
