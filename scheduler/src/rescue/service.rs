//! The part of the rescue that workers, spares and the monitor share.

use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicUsize, Ordering};

use super::alarm::Alarm;
use super::post::Post;
use super::settings::{Bounds, StallHook};
use super::spare::{StartSpare, Vacancy};
use super::standby::Standby;
use super::{Pulse, Rescue};
use crate::mutants::{Mutant, planted};
use crate::reference::SharedRef;
use crate::shared::Remote;
use crate::{Driver, WorkerId};

/// What a pool has whose workers can be replaced.
pub(crate) struct Service {
    // After how long the monitor calls a poll stuck; without one, nobody looks.
    pub(super) threshold: Option<Duration>,
    pub(super) bounds: Bounds,
    pub(super) on_stall: Option<StallHook>,
    #[cfg(feature = "stall-stack")]
    pub(super) capture_stack: bool,
    pub(super) alarm: Alarm,
    pub(super) standby: Standby,
    posts: Box<[Post]>,
    // What others reach of the spares, from the first identifier after the sweeper's on.
    spares: Box<[OnceLock<Arc<Remote>>]>,
    muster: Mutex<Muster>,
    // How many workers need help; a relaxed look tells the others whether there is any to give.
    in_need: AtomicUsize,
    pub(super) counters: RescueCounters,
}

/// Who is there, and whether somebody may still come.
#[derive(Default)]
struct Muster {
    live: usize,
    closed: bool,
    // Where spares come from, while the executor is open.
    source: Option<Arc<dyn StartSpare>>,
}

#[derive(Default)]
pub(super) struct RescueCounters {
    pub(super) stalls: AtomicU64,
    pub(super) rescues: AtomicU64,
    pub(super) helps: AtomicU64,
    pub(super) hand_overs: AtomicU64,
}

impl Service {
    /// `None` if the settings leave nothing to do: nobody looks, and no spare may come.
    pub(crate) fn new(
        settings: &Rescue,
        on_stall: Option<StallHook>,
        workers: usize,
    ) -> Option<Self> {
        let bounds = settings.bounds(workers);
        if settings.threshold.is_none() && bounds.spares == 0 {
            return None;
        }
        Some(Service {
            threshold: settings.threshold,
            bounds,
            on_stall,
            #[cfg(feature = "stall-stack")]
            capture_stack: settings.capture_stack,
            alarm: Alarm::new(),
            standby: Standby::new(workers, settings.threshold.is_some()),
            posts: (0..workers).map(WorkerId::new).map(Post::new).collect(),
            spares: (0..bounds.spares).map(|_| OnceLock::new()).collect(),
            muster: Mutex::new(Muster::default()),
            in_need: AtomicUsize::new(0),
            counters: RescueCounters::default(),
        })
    }

    pub(crate) fn post(&self, post: usize) -> &Post {
        &self.posts[post]
    }

    /// The identifier of a spare. The first one after the ordinary workers is the sweeper's.
    pub(super) fn spare_id(&self, spare: usize) -> WorkerId {
        WorkerId::new(self.posts.len() + 1 + spare)
    }

    fn spare_index(&self, worker: WorkerId) -> usize {
        worker.index() - self.posts.len() - 1
    }

    /// What others reach of a spare; made when it first starts.
    pub(super) fn enlist(&self, spare: WorkerId) -> &Arc<Remote> {
        self.spares[self.spare_index(spare)].get_or_init(|| Arc::new(Remote::new(0)))
    }

    /// What others reach of a spare that has started before.
    pub(crate) fn spare(&self, spare: WorkerId) -> &Arc<Remote> {
        let remote = self.spares[self.spare_index(spare)].get();
        remote.expect("a spare is enlisted before its identifier is used")
    }

    /// Every spare that has ever started.
    pub(crate) fn spares(&self) -> impl Iterator<Item = (WorkerId, &Arc<Remote>)> {
        let remotes = self.spares.iter().map_while(OnceLock::get);
        remotes
            .enumerate()
            .map(|(index, remote)| (self.spare_id(index), remote))
    }

    /// Does a monitor look after the workers?
    pub(crate) fn is_monitored(&self) -> bool {
        self.threshold.is_some()
    }

    /// The worker stops resting.
    pub(crate) fn rouse(&self, pulse: &Pulse) {
        if self.is_monitored() {
            self.alarm.rouse(pulse);
        } else {
            pulse.set_resting(false);
        }
    }

    /// Sleeps in the driver of a post, if the worker holds it; its owner takes it back first.
    pub(crate) fn park(
        &self,
        post: usize,
        worker: WorkerId,
        driver: &dyn Driver,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        if worker.index() == post {
            self.posts[post].reclaim(worker, driver);
        }
        self.posts[post].park(worker, driver, timeout)
    }

    /// How long a worker may sleep before it has to start the monitor; `None` if that runs already,
    /// or is not to.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.standby.patience()
    }

    /// Does anybody need help? A relaxed look.
    pub(crate) fn is_needed(&self) -> bool {
        self.in_need.load(Ordering::Relaxed) > 0
    }

    pub(super) fn set_in_need(&self, workers: usize) {
        if self.in_need.load(Ordering::Relaxed) != workers {
            self.in_need.store(workers, Ordering::Relaxed);
        }
    }

    /// The posts whose holder is late.
    pub(crate) fn late_posts(&self) -> impl Iterator<Item = usize> {
        (0..self.posts.len()).filter(|post| self.posts[*post].is_late())
    }

    /// Sets where spares come from.
    pub(crate) fn set_source(&self, source: Arc<dyn StartSpare>) {
        self.muster.lock().source = Some(source);
    }

    /// Starts a spare; false if there are enough of them, if the executor closes, or if the system
    /// refuses a thread.
    pub(crate) fn replace(&self, shared: &SharedRef, vacancy: Vacancy) -> bool {
        let source = self.muster.lock().source.clone();
        let started = source.is_some_and(|source| source.start(shared, self, vacancy));
        if started {
            let counter = match vacancy.announced {
                true => &self.counters.hand_overs,
                false => &self.counters.rescues,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        started
    }

    /// Calls `start` for one more spare, unless there are enough or the executor closes. Says
    /// whether it started; counts it as live if so.
    pub(super) fn admit(&self, start: impl FnOnce() -> bool) -> bool {
        let mut muster = self.muster.lock();
        let closed = muster.closed && !planted(Mutant::SpareStartsAfterClose);
        let full = muster.live == self.bounds.spares && !planted(Mutant::AdmitBeyondBound);
        if closed || full {
            return false;
        }
        let started = start();
        muster.live += usize::from(started);
        started
    }

    /// A spare has left. `last` is called, under the lock that [`admit`](Self::admit) takes, if
    /// there are no others.
    pub(super) fn dismiss(&self, last: impl FnOnce()) {
        let mut muster = self.muster.lock();
        muster.live -= 1;
        if muster.live == 0 {
            last();
        }
    }

    /// No spare starts from now on, and the monitor ends.
    pub(crate) fn close(&self) {
        let mut muster = self.muster.lock();
        muster.closed = true;
        let mut source = None;
        if !planted(Mutant::SpareStartsAfterClose) {
            source = muster.source.take();
        }
        drop(muster);
        // Outside of the lock: the hooks of the threads are somebody else's code.
        drop(source);
        self.alarm.ring();
    }

    pub(crate) fn metrics(&self) -> RescueMetrics {
        RescueMetrics {
            stalls: self.counters.stalls.load(Ordering::Relaxed),
            rescues: self.counters.rescues.load(Ordering::Relaxed),
            helps: self.counters.helps.load(Ordering::Relaxed),
            hand_overs: self.counters.hand_overs.load(Ordering::Relaxed),
            spare_workers: self.muster.lock().live,
        }
    }
}

/// What the rescue did so far; see [`Metrics::rescue`](crate::Metrics::rescue).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RescueMetrics {
    /// Polls that took the threshold or longer.
    pub stalls: u64,
    /// Spare workers started in the place of stuck ones.
    pub rescues: u64,
    /// Times that a sleeping worker was woken to help those who were late.
    pub helps: u64,
    /// Spare workers started because a task was about to
    /// [`block_in_place`](crate::block_in_place).
    pub hand_overs: u64,
    /// Spare workers now.
    pub spare_workers: usize,
}
