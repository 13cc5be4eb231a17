//! Who sleeps, who searches, and whom to wake.
//!
//! One word says at a glance whether a wake-up is due; the list behind the lock says whose.
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `CLOSED` | the executor shuts down: nobody goes to sleep any more |
//! | 1 | `SEARCHING` | a woken worker looks for work; it will find what was queued before it stops |
//! | 2.. | sleepers | how many workers are in the list |
//!
//! | transition | by | ordering | publishes |
//! |---|---|---|---|
//! | sleepers + 1, − `SEARCHING` if it was searching | a worker out of work, lock held | AcqRel, then a SeqCst fence | that it sleeps, before it re-checks the queues |
//! | sleepers − 1, + `SEARCHING` | whoever wakes a worker, lock held | AcqRel | that one searcher is enough |
//! | sleepers − 1 | a worker that woke by itself, or is woken by name or to help, lock held | AcqRel | – |
//! | − `SEARCHING` | the searcher that found work | AcqRel, then a SeqCst fence | that the next injection has to wake somebody, before it looks whether work is left |
//! | + `CLOSED`, sleepers to 0 | shutdown, lock held | AcqRel | – |
//!
//! The pattern is Dekker's: a thread that injects *queues, fences, reads this word*; a worker that
//! goes to sleep or stops searching *writes this word, fences, reads the queues*. At least one of
//! them sees the other, so that no task is left behind with all workers asleep. A local push reads
//! the word without a fence: its worker is awake, so a missed wake-up costs parallelism, no task.

use crossbeam_utils::CachePadded;
use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicUsize, Ordering, fence};

use crate::WorkerId;
use crate::mutants::{Mutant, planted};

const CLOSED: usize = 1;
const SEARCHING: usize = 1 << 1;
const SLEEPER: usize = 1 << 2;

/// A look at the word.
#[derive(Clone, Copy)]
pub(crate) struct State(usize);

impl State {
    pub(crate) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    fn is_searching(self) -> bool {
        self.0 & SEARCHING != 0
    }

    pub(crate) fn sleepers(self) -> usize {
        self.0 / SLEEPER
    }

    /// Somebody sleeps, and nobody searches who would find the work anyway.
    pub(crate) fn wants_wake(self) -> bool {
        self.sleepers() > 0 && !self.is_searching()
    }
}

pub(crate) struct Idle {
    state: CachePadded<AtomicUsize>,
    list: Mutex<List>,
}

struct List {
    // The last to fall asleep is woken first: its caches are the warmest.
    sleepers: Vec<WorkerId>,
    // The worker that was woken to search, until it knows.
    searcher: Option<WorkerId>,
}

impl List {
    fn remove(&mut self, worker: WorkerId) -> bool {
        let position = self.sleepers.iter().position(|sleeper| *sleeper == worker);
        position
            .map(|position| self.sleepers.remove(position))
            .is_some()
    }
}

impl Idle {
    pub(crate) fn new() -> Self {
        Idle {
            state: CachePadded::new(AtomicUsize::new(0)),
            list: Mutex::new(List {
                sleepers: Vec::new(),
                searcher: None,
            }),
        }
    }

    /// A relaxed look, for local pushes. After an injection: fence first.
    #[inline]
    pub(crate) fn peek(&self) -> State {
        State(self.state.load(Ordering::Relaxed))
    }

    /// Announces that `worker` goes to sleep; false, and no announcement, after [`close`](Self::close).
    ///
    /// The caller re-checks the queues after this and before it sleeps, and calls
    /// [`wake_up`](Self::wake_up) after its sleep or instead of it.
    pub(crate) fn fall_asleep(&self, worker: WorkerId, searching: bool) -> bool {
        let mut list = self.list.lock();
        if self.peek().is_closed() {
            return false;
        }
        list.sleepers.push(worker);
        let searcher = if searching { SEARCHING } else { 0 };
        self.state
            .fetch_add(SLEEPER.wrapping_sub(searcher), Ordering::AcqRel);
        drop(list);
        if !planted(Mutant::SleepSkipsFence) {
            fence(Ordering::SeqCst);
        }
        true
    }

    /// Ends what [`fall_asleep`](Self::fall_asleep) began; true if the worker was woken to search.
    pub(crate) fn wake_up(&self, worker: WorkerId) -> bool {
        let mut list = self.list.lock();
        if list.remove(worker) {
            self.state.fetch_sub(SLEEPER, Ordering::AcqRel);
            return false;
        }
        list.searcher
            .take_if(|searcher| *searcher == worker)
            .is_some()
    }

    /// Chooses a sleeper to search for work; the caller unparks it. `None` if nobody sleeps or
    /// somebody searches.
    pub(crate) fn choose_searcher(&self) -> Option<WorkerId> {
        let mut list = self.list.lock();
        if !self.peek().wants_wake() {
            return None;
        }
        let worker = list.sleepers.pop()?;
        list.searcher = Some(worker);
        self.state
            .fetch_add(SEARCHING.wrapping_sub(SLEEPER), Ordering::AcqRel);
        Some(worker)
    }

    /// Takes the worker that fell asleep last out of the sleepers, without making it the searcher;
    /// the caller unparks it.
    pub(crate) fn choose_helper(&self) -> Option<WorkerId> {
        let mut list = self.list.lock();
        let worker = list.sleepers.pop()?;
        self.state.fetch_sub(SLEEPER, Ordering::AcqRel);
        Some(worker)
    }

    /// Takes this worker out of the sleepers; the caller unparks it. False if it does not sleep.
    pub(crate) fn choose(&self, worker: WorkerId) -> bool {
        let mut list = self.list.lock();
        let sleeps = list.remove(worker);
        if sleeps {
            self.state.fetch_sub(SLEEPER, Ordering::AcqRel);
        }
        sleeps
    }

    /// The searcher found work. It looks whether there is more, and if so wakes the next one.
    pub(crate) fn stop_searching(&self) {
        if planted(Mutant::SearcherKeepsSearch) {
            return;
        }
        self.state.fetch_and(!SEARCHING, Ordering::AcqRel);
        fence(Ordering::SeqCst);
    }

    /// Keeps everyone from sleeping from now on; returns those asleep, for the caller to unpark.
    pub(crate) fn close(&self) -> Vec<WorkerId> {
        let mut list = self.list.lock();
        if planted(Mutant::CloseForgetsSleepers) {
            self.state.fetch_or(CLOSED, Ordering::AcqRel);
            return Vec::new();
        }
        let sleepers = std::mem::take(&mut list.sleepers);
        self.state.fetch_or(CLOSED, Ordering::AcqRel);
        self.state
            .fetch_sub(SLEEPER * sleepers.len(), Ordering::AcqRel);
        sleepers
    }
}
