//! Spare workers: started in the place of a stuck one, gone when they are not needed any more.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use plies_shim::sync::Mutex;

use super::Service;
use crate::builder::{ThreadOptions, call};
use crate::mutants::{Mutant, planted};
use crate::queue::{LocalQueue, Queue, Queues};
use crate::reference::SharedRef;
use crate::shared::Remote;
use crate::worker::Worker;
use crate::{Scheduler, WorkerId, context};

/// Whose place a spare takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vacancy {
    pub(super) post: usize,
    pub(super) stuck: WorkerId,
    /// How many polls the stuck worker had begun: it is stuck as long as there are no more.
    pub(super) polls: u64,
    /// Its task has said that it blocks; nobody had to find out.
    pub(super) announced: bool,
}

/// Starts spares, whatever the policy.
pub(crate) trait StartSpare: Send + Sync {
    /// False if there are enough of them, if the executor closes, or if the system refuses a thread.
    fn start(self: Arc<Self>, shared: &SharedRef, service: &Service, vacancy: Vacancy) -> bool;
}

/// What it takes to start a spare.
pub(crate) struct Spares<S: Scheduler> {
    queues: Arc<Queues<S>>,
    options: Arc<ThreadOptions>,
    bench: Mutex<Bench<S>>,
}

/// Identities of spares, each with its queue, empty, that nobody uses now: a policy attaches each
/// worker once.
struct Bench<S: Scheduler> {
    free: Vec<(WorkerId, Queue<S>)>,
    attached: usize,
}

impl<S: Scheduler> Spares<S> {
    pub(crate) fn new(queues: Arc<Queues<S>>, options: Arc<ThreadOptions>) -> Arc<Self> {
        let bench = Mutex::new(Bench {
            free: Vec::new(),
            attached: 0,
        });
        Arc::new(Spares {
            queues,
            options,
            bench,
        })
    }

    /// An identity and its queue. There is one for each spare that the service admits.
    fn take(&self, service: &Service) -> (WorkerId, Queue<S>) {
        let mut bench = self.bench.lock();
        bench.free.pop().unwrap_or_else(|| {
            let id = service.spare_id(bench.attached);
            service.enlist(id);
            bench.attached += 1;
            (id, Queue::new(self.queues.clone(), id))
        })
    }

    fn put_back(&self, id: WorkerId, queue: Queue<S>) {
        self.bench.lock().free.push((id, queue));
    }

    fn spawn(self: Arc<Self>, shared: &SharedRef, service: &Service, vacancy: Vacancy) -> bool {
        let (id, queue) = self.take(service);
        service.spare(id).set_post(vacancy.post);
        shared.exits.enter();
        let seat = Arc::new(Mutex::new(Some(queue)));
        let run = {
            let (spares, shared, seat) = (self.clone(), shared.clone(), seat.clone());
            move || {
                if let Some(queue) = seat.lock().take() {
                    spares.run(id, shared, queue, vacancy);
                }
            }
        };
        // The name is somebody else's code, and whoever asks for a spare is in a poll.
        let start = AssertUnwindSafe(|| self.options.start(id, run));
        let started = catch_unwind(start).is_ok_and(|started| started.is_ok());
        if !started {
            shared.exits.leave();
            if let Some(queue) = seat.lock().take() {
                self.put_back(id, queue);
            }
        }
        started
    }

    /// What a spare's thread does.
    fn run(&self, id: WorkerId, shared: SharedRef, queue: Queue<S>, vacancy: Vacancy) {
        let worker = Worker::new(id, vacancy.post, shared.clone(), queue);
        let driver = worker.enter_driver();
        if is_vacant(&shared, vacancy) && worker.take_over(vacancy.stuck) {
            let _context = context::enter(&worker);
            call(&self.options.hooks.start, id);
            worker.start_working();
            worker.contained(Worker::stand_in);
            worker.stop_working();
            call(&self.options.hooks.stop, id);
        }
        self.leave(worker, &shared);
        // What was dropped on the way out was dropped inside of it.
        drop(driver);
        if let Some(service) = shared.service() {
            service.dismiss(|| shared.watch.set_relieved(false));
        }
        shared.exits.leave();
    }

    /// The spare is not needed any more, or the executor closes: its tasks are others' now.
    fn leave(&self, worker: Worker<Queue<S>>, shared: &SharedRef) {
        let id = worker.id();
        let queue = worker.into_queue();
        if !planted(Mutant::SpareKeepsTasks) {
            shared.inject_all(queue.vacate());
        }
        self.put_back(id, queue);
        // What was queued after its last look, and before the idle set closed, is nobody else's: the
        // worker that it stood in for may wait for just that.
        if !planted(Mutant::SpareSkipsSweep) {
            shared.sweep();
        }
    }
}

/// Is the worker still in the poll that it is to be replaced for?
fn is_vacant(shared: &SharedRef, vacancy: Vacancy) -> bool {
    let Remote {
        counters, pulse, ..
    } = &**shared.remote(vacancy.stuck);
    let absent = match vacancy.announced {
        true => pulse.is_in_place(),
        false => pulse.is_in_place() || !pulse.is_resting(),
    };
    absent && counters.polls.get() == vacancy.polls
}

impl<S: Scheduler> StartSpare for Spares<S> {
    fn start(self: Arc<Self>, shared: &SharedRef, service: &Service, vacancy: Vacancy) -> bool {
        service.admit(|| {
            shared.watch.set_relieved(true);
            self.spawn(shared, service, vacancy)
        })
    }
}
