//! One queue whose order is drawn from a seed: for tests that can be repeated.

use std::collections::VecDeque;

use plies_shim::sync::Mutex;
use plies_task::Cause;

use crate::random::Random;
use crate::scheduler::QueueStats;
use crate::{Runnable, Scheduler, WorkerId};

/// How often all ready tasks could have been polled before a passed-over one comes first.
const PATIENCE: u64 = 8;

/// Polls any of the ready tasks next, by lot; the lots are drawn from a seed.
///
/// On one worker the order of polls follows from the seed and from the order in which tasks become
/// ready, and from nothing else: a program without threads, timers and I/O of its own runs the same
/// way each time and on any machine, and another seed runs it another way. More workers take from
/// the same queue; what each of them gets then depends on their timing.
///
/// **Bound.** A task that was passed over while `8 * R` polls were made comes next, so with R tasks
/// always ready none waits for more than `9 * R` polls, whatever the seed.
///
/// # Examples
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use plies_scheduler::{CurrentThread, Seeded};
///
/// fn order(seed: u64) -> Vec<u32> {
///     let executor = CurrentThread::builder().scheduler(Seeded::new(seed)).build_current_thread();
///     let polled = Arc::new(Mutex::new(Vec::new()));
///     let tasks: Vec<_> = (0..10)
///         .map(|task| {
///             let polled = polled.clone();
///             executor.handle().spawn(async move { polled.lock().unwrap().push(task) })
///         })
///         .collect();
///     executor.block_on(async {
///         for task in tasks {
///             task.await.unwrap();
///         }
///     });
///     Arc::try_unwrap(polled).unwrap().into_inner().unwrap()
/// }
/// assert_eq!(order(7), order(7));
/// assert_ne!(order(7), order(8));
/// ```
pub struct Seeded {
    seed: u64,
    queue: Mutex<Queue>,
}

struct Queue {
    random: Random,
    // Polls begun so far.
    polls: u64,
    // In the order in which they became ready, each with the polls before that.
    tasks: VecDeque<(u64, Runnable)>,
}

impl Seeded {
    /// A scheduler whose choices are drawn from `seed`.
    pub fn new(seed: u64) -> Self {
        Seeded {
            seed,
            queue: Mutex::new(Queue {
                random: Random::new(seed),
                polls: 0,
                tasks: VecDeque::new(),
            }),
        }
    }

    /// The seed, for a test's report of its failure.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl Queue {
    fn push(&mut self, task: Runnable) {
        self.tasks.push_back((self.polls, task));
    }

    fn draw(&mut self) -> Option<Runnable> {
        let (since, _) = self.tasks.front()?;
        let ready = self.tasks.len();
        // The lot is drawn in any case: whether it counts does not change those that follow.
        let lot = self.random.below(ready);
        let overdue = self.polls - since >= PATIENCE * ready as u64;
        self.polls += 1;
        let (_, task) = self.tasks.remove(if overdue { 0 } else { lot })?;
        Some(task)
    }
}

impl Scheduler for Seeded {
    type Local = ();

    fn attach(&self, _: WorkerId) {}

    fn push(&self, _: &mut (), task: Runnable, cause: Cause) {
        self.inject(task, cause);
    }

    fn inject(&self, task: Runnable, _: Cause) {
        self.queue.lock().push(task);
    }

    fn next(&self, _: &mut ()) -> Option<Runnable> {
        self.queue.lock().draw()
    }

    /// Nothing is in a queue of the worker's own.
    fn vacate(&self, (): &mut ()) -> Vec<Runnable> {
        Vec::new()
    }

    fn has_ready(&self) -> bool {
        !self.queue.lock().tasks.is_empty()
    }

    fn bound(&self, ready: usize) -> Option<usize> {
        Some(ready.saturating_mul(PATIENCE as usize + 1))
    }

    fn queue_stats(&self, worker: WorkerId) -> QueueStats {
        let depth = match worker.index() {
            0 => self.queue.lock().tasks.len(),
            _ => 0,
        };
        QueueStats {
            depth,
            ..QueueStats::default()
        }
    }

    fn queued(&self) -> Option<usize> {
        Some(self.queue.lock().tasks.len())
    }
}
