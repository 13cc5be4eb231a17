//! Blocking in the middle of a poll, announced: the worker is replaced before, not after a while.

use crate::mutants::{Mutant, planted};
use crate::worker::AnyWorker;
use crate::{context, coop};

/// Runs `f`, which blocks or computes for long, on this thread, and has the other tasks of this
/// worker run elsewhere meanwhile.
///
/// What is in the worker's queue goes to the other workers, and a spare worker takes its place at
/// once: it sleeps in its driver and polls tasks until this one's next poll. There is no limit for
/// how long `f` takes, and no stall is reported. What else the *same* task does, in a `join!` say,
/// waits. It costs the start of a thread, once for each poll.
///
/// Inside `f` there is no [cooperative budget](coop), and what it wakes or spawns is queued as from
/// a thread without a worker. Nested calls just run. A thread that runs no worker just runs `f`.
///
/// With a [`pinned`](crate::Scheduler::pinned) policy the worker's driver is served meanwhile, but
/// its tasks belong to this thread and wait. No spare comes when there are
/// [`max_spares`](crate::Rescue::max_spares) already, when the executor shuts down, or when the
/// system refuses a thread; the others get the worker's tasks then too, and the rescue does what it
/// can for the driver.
///
/// # Panics
///
/// In a task of a [`CurrentThread`](crate::CurrentThread): there is no other thread for its tasks.
/// And when `f` panics.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use plies_scheduler::{ThreadPool, block_in_place, block_on};
///
/// let pool = ThreadPool::builder().workers(1).build()?;
/// let (answer, question) = mpsc::channel();
/// let asker = pool.handle().spawn(async move { block_in_place(|| question.recv().unwrap()) });
/// // The only worker waits for the answer, and this task gives it.
/// pool.handle().spawn(async move { answer.send(42).unwrap() }).detach();
/// assert_eq!(block_on(asker).unwrap(), 42);
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
    // SAFETY: the reference does not leave this function, which returns before the frame further
    // down that it points into.
    let Some(worker) = (unsafe { context::worker() }) else {
        return f();
    };
    assert!(
        worker.shared().is_threaded(),
        "`block_in_place` in a task of a current-thread executor, whose other tasks have no other \
         thread: move the work to a thread that may block, or use an executor with threads"
    );
    let _aside = Aside::step(worker);
    coop::with_budget(coop::UNLIMITED, f)
}

/// The worker is off its thread, until this is dropped, also by a panic.
struct Aside<'a> {
    worker: &'a AnyWorker,
    off: Option<context::Off<'a>>,
}

impl<'a> Aside<'a> {
    fn step(worker: &'a AnyWorker) -> Self {
        let off = (!planted(Mutant::AsideKeepsWorker)).then(|| context::take_off(worker));
        let aside = Aside { worker, off };
        worker.step_aside();
        aside
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        self.off = None;
        self.worker.step_back();
    }
}
