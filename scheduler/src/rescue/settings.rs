//! How a pool rescues what waits behind a blocked task.

use std::sync::Arc;
use std::time::Duration;

use super::Stall;

pub(crate) type StallHook = Arc<dyn Fn(&Stall) + Send + Sync>;

/// How a [`ThreadPool`](crate::ThreadPool) deals with workers that are stuck in one poll; given to
/// [`Builder::rescue`](crate::Builder::rescue).
///
/// A worker that has been in one poll for the [`threshold`](Self::threshold) is *stuck*: its task
/// blocks, or computes. A spare worker, with a thread of its own, takes its place until it returns,
/// so that other tasks, sockets and timers go on. Before that, a worker that sleeps looks after them:
/// from about a twelfth of the threshold on, or where polls have been short for a while, and so are
/// looked at less often, from a third of it on.
///
/// While a worker that sleeps in the system is replaced, others that do are replaced after a quarter
/// of the threshold: where one task blocks, more of its kind follow. They are reported as stuck after
/// the threshold, as ever.
///
/// With a pinned policy the sockets and timers of a stuck worker are served, but its tasks wait.
///
/// The thread that sees to this is started by a worker, at the latest before all of them poll, and
/// inherits what that worker's thread has set for itself: an affinity, a signal mask. Spare workers
/// inherit it in turn, and call [`on_thread_start`](crate::Builder::on_thread_start) as all do.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use plies_scheduler::{Rescue, ThreadPool, block_on};
///
/// let rescue = Rescue::new().threshold(Duration::from_millis(5)).max_spares(16);
/// let pool = ThreadPool::builder().workers(1).rescue(rescue).build()?;
/// let (go_on, wait) = std::sync::mpsc::channel();
/// let blocked = pool.handle().spawn(async move { wait.recv().unwrap() });
/// // The only worker blocks, and this one runs all the same.
/// let other = pool.handle().spawn(async move { go_on.send(7).unwrap() });
/// block_on(other).unwrap();
/// assert_eq!(block_on(blocked).unwrap(), 7);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rescue {
    pub(super) threshold: Option<Duration>,
    max_spares: usize,
    max_busy_spares: Option<usize>,
    #[cfg(feature = "stall-stack")]
    pub(super) capture_stack: bool,
}

/// The smallest threshold: the monitor looks several times as often.
const LEAST_THRESHOLD: Duration = Duration::from_millis(1);

impl Rescue {
    /// The defaults: a threshold of 10 ms, up to 256 spare workers, and no more than four of them
    /// for each ordinary worker in place of workers that compute.
    #[must_use]
    pub fn new() -> Self {
        Rescue {
            threshold: Some(Duration::from_millis(10)),
            max_spares: 256,
            max_busy_spares: None,
            #[cfg(feature = "stall-stack")]
            capture_stack: false,
        }
    }

    /// No rescue: no monitor, and no spare workers but for
    /// [`block_in_place`](crate::block_in_place), which says so beforehand. A task that blocks
    /// without that holds up its worker, and what waits for it.
    #[must_use]
    pub fn off() -> Self {
        Rescue {
            threshold: None,
            ..Self::new()
        }
    }

    /// Sets after how long in one poll a worker is stuck; less than a millisecond counts as one.
    #[must_use]
    pub fn threshold(mut self, threshold: Duration) -> Self {
        self.threshold = Some(threshold.max(LEAST_THRESHOLD));
        self
    }

    /// Sets how many spare workers there may be at once. With zero, sleeping workers help, and
    /// stalls are reported, but nobody takes the place of a stuck worker, and
    /// [`block_in_place`](crate::block_in_place) leaves that to them too.
    #[must_use]
    pub fn max_spares(mut self, spares: usize) -> Self {
        self.max_spares = spares;
        self
    }

    /// Sets how many workers that *compute* may be replaced at once, so that work for the processor
    /// does not turn into one thread for each task. Workers that sleep in the system do not count.
    /// Where the platform cannot tell, all count.
    #[must_use]
    pub fn max_busy_spares(mut self, spares: usize) -> Self {
        self.max_busy_spares = Some(spares);
        self
    }

    /// Sets whether each report of a stall has the [stack](Stall::stack) of the stuck thread; it has
    /// not unless set. With the feature `stall-stack`, on Linux on x86-64; elsewhere without effect.
    ///
    /// The stuck thread is sent a real-time signal, the last one that the program does not use when
    /// the first stack is asked for. Its handler copies the innermost 256 KiB of the stack, and the
    /// monitor walks the copy. What this does to a program:
    ///
    /// - System calls that the signal interrupts are restarted where the system can (`SA_RESTART`):
    ///   reads, writes, waits for a lock. Sleeps, `poll`, `select` and `epoll_wait` of the *blocking*
    ///   code end with `EINTR`, as with any signal; Rust's standard library goes on by itself.
    /// - A thread that blocks the signal, runs on a stack of its own making, or is not scheduled
    ///   within 10 ms is reported without a stack. The monitor waits that long, after the worker was
    ///   replaced: further workers are rescued that much later.
    /// - Each report costs some copies of the program's unwind tables.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies_scheduler::{Rescue, ThreadPool, block_on};
    ///
    /// let (tell, told) = std::sync::mpsc::channel();
    /// let pool = ThreadPool::builder()
    ///     .workers(1)
    ///     .rescue(Rescue::new().capture_stack(true))
    ///     .on_stall(move |stall| drop(tell.send(stall.clone())))
    ///     .build()?;
    /// let blocked = pool.handle().spawn(async move { told.recv() });
    /// let stall = block_on(blocked).unwrap()?;
    /// if let Some(stack) = stall.stack() {
    ///     println!("{stall}:\n{stack}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "stall-stack")]
    #[must_use]
    pub fn capture_stack(mut self, capture: bool) -> Self {
        self.capture_stack = capture;
        self
    }

    /// The bounds for a pool of this many workers.
    pub(super) fn bounds(&self, workers: usize) -> Bounds {
        Bounds {
            spares: self
                .max_spares
                .min(crate::WorkerId::MAX_WORKERS - 1 - workers),
            busy: self.max_busy_spares.unwrap_or(4 * workers),
        }
    }
}

/// How many stuck workers may be replaced at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) spares: usize,
    pub(super) busy: usize,
}

impl Default for Rescue {
    fn default() -> Self {
        // A model has no time, so that nothing in it ever takes long.
        if cfg!(any(plies_loom, plies_shuttle)) {
            Self::off().max_spares(0)
        } else {
            Self::new()
        }
    }
}
