//! The protocol between those who bring jobs and the threads that run them.
//!
//! Jobs wait in one lock-free queue and idle threads in another. Nothing else is shared on the
//! way of a job but the number of threads, so neither jobs nor threads line up at one lock.
//!
//! # No job is left behind
//!
//! Three pairs of steps race, each of the form "write mine, then read yours", so each has a
//! sequentially consistent fence between the two:
//!
//! | who brings a job | a thread without one |
//! |---|---|
//! | queue the job, *fence*, look for a sleeper | become a sleeper, *fence*, look for a job |
//! | queue the job, *fence*, look for a free place | give up the place, *fence*, look for a job |
//! | close the queue, *fence*, look whether all have left | give up the place, *fence*, look whether it is closed |
//!
//! Whichever fence comes second sees what the other side wrote. So a job is seen by its bringer's
//! choice of a thread, or by the thread that was about to sleep or leave; and who waits for the last
//! thread to leave sees that it has, or is told.
//!
//! The models in `tests/loom.rs` explore this file over a queue that the model checker can see into;
//! the real queue is concurrent-queue's.

use std::time::Duration;

use plies_shim::sync::atomic::{AtomicUsize, Ordering, fence};
use plies_shim::sync::{Arc, Condvar, Mutex};

use super::mutants::{Mutant, planted};
use super::queue::Queue;

/// Threads that run jobs of type `J`, as many as needed up to a limit.
pub(crate) struct Crew<J> {
    jobs: Queue<J>,
    sleepers: Queue<Arc<Sleeper>>,
    /// How many members there are. It only counts: what a member or job needs is published by the
    /// queues.
    threads: AtomicUsize,
    /// How many members sleep, for the metrics.
    idle: AtomicUsize,
    limit: usize,
    keep_alive: Duration,
    /// Notified, under the lock, when a member leaves after the crew was closed.
    left: (Mutex<()>, Condvar),
}

/// What the bringer of a job still has to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Submitted {
    /// A thread has been woken, or all of them are busy and will come to it.
    Seen,
    /// A thread has to be started and to call [`Crew::join`]; its place is taken already.
    StartThread,
}

impl<J> Crew<J> {
    /// A crew without threads, of at most `limit`; one idle for `keep_alive` leaves.
    pub(crate) fn new(limit: usize, keep_alive: Duration) -> Self {
        Self {
            jobs: Queue::new(),
            sleepers: Queue::new(),
            threads: AtomicUsize::new(0),
            idle: AtomicUsize::new(0),
            limit,
            keep_alive,
            left: (Mutex::new(()), Condvar::new()),
        }
    }

    /// Queues a job; gives it back if the crew is closed.
    pub(crate) fn submit(&self, job: J) -> Result<Submitted, J> {
        self.jobs.push(job)?;
        fence(Ordering::SeqCst);
        if self.wake_one() || !self.take_place() {
            return Ok(Submitted::Seen);
        }
        Ok(Submitted::StartThread)
    }

    /// Makes the calling thread, for which a place was taken, a member.
    pub(crate) fn join(&self) -> Member<'_, J> {
        Member {
            crew: self,
            in_place: true,
        }
    }

    /// Gives back a place that no thread could be started for.
    ///
    /// If that leaves jobs with nobody to run them, they are dropped.
    pub(crate) fn forgo(&self) {
        if self.threads.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.drop_jobs();
        }
    }

    /// Refuses further jobs, drops those that nobody has begun and sends everybody home.
    pub(crate) fn close(&self) {
        self.jobs.close();
        fence(Ordering::SeqCst);
        self.drop_jobs();
        while self.wake_one() {}
    }

    /// Waits until all members have left, at most `limit`; returns how many are still there.
    pub(crate) fn wait_empty(&self, limit: Duration) -> usize {
        let deadline = std::time::Instant::now().checked_add(limit);
        let (lock, left) = &self.left;
        let mut guard = lock.lock();
        loop {
            let threads = self.threads();
            let now = std::time::Instant::now();
            let wait = deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(now));
            if threads == 0 || wait.is_zero() {
                return threads;
            }
            guard = left.wait_timeout(guard, wait).0;
        }
    }

    /// How many members there are.
    pub(crate) fn threads(&self) -> usize {
        self.threads.load(Ordering::Acquire)
    }

    /// How many members have nothing to do.
    pub(crate) fn idle(&self) -> usize {
        self.idle.load(Ordering::Relaxed)
    }

    /// How many jobs nobody has begun.
    pub(crate) fn queued(&self) -> usize {
        self.jobs.len()
    }

    fn wake_one(&self) -> bool {
        while let Some(sleeper) = self.sleepers.pop() {
            if sleeper.call() {
                return true;
            }
        }
        false
    }

    fn sleep(&self, sleeper: &Sleeper) -> bool {
        self.idle.fetch_add(1, Ordering::Relaxed);
        let called = sleeper.sleep(self.keep_alive);
        self.idle.fetch_sub(1, Ordering::Relaxed);
        called
    }

    fn take_place(&self) -> bool {
        let more = |threads| (threads < self.limit).then_some(threads + 1);
        self.threads
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
    }

    fn drop_jobs(&self) {
        while self.jobs.pop().is_some() {}
    }
}

/// A thread of a crew, until it is dropped.
pub(crate) struct Member<'a, J> {
    crew: &'a Crew<J>,
    in_place: bool,
}

impl<J> Member<'_, J> {
    /// The next job, for which this may sleep; `None` when the thread should end.
    pub(crate) fn next(&mut self) -> Option<J> {
        let crew = self.crew;
        loop {
            if let Some(job) = crew.jobs.pop() {
                return Some(job);
            }
            if crew.jobs.is_closed() {
                return None;
            }
            let sleeper = Arc::new(Sleeper::default());
            // The queue of sleepers is never closed, so it takes every one.
            let _ = crew.sleepers.push(sleeper.clone());
            fence(Ordering::SeqCst);
            let look = !planted(Mutant::SleepWithoutLook);
            if look && (!crew.jobs.is_empty() || crew.jobs.is_closed()) {
                sleeper.withdraw();
            } else if !crew.sleep(&sleeper) && !self.stay() {
                return None;
            }
        }
    }

    /// Gives up the place after an idle time, and takes it back if a job came meanwhile.
    fn stay(&mut self) -> bool {
        self.leave();
        let look = !planted(Mutant::LeaveWithoutLook);
        self.in_place = look && !self.crew.jobs.is_empty() && self.crew.take_place();
        self.in_place
    }

    fn leave(&mut self) {
        self.in_place = false;
        // Release, for the Acquire in `threads`: who sees nobody left sees all that they did.
        self.crew.threads.fetch_sub(1, Ordering::Release);
        fence(Ordering::SeqCst);
        if self.crew.jobs.is_closed() && !planted(Mutant::LeaveInSilence) {
            let (lock, left) = &self.crew.left;
            drop(lock.lock());
            left.notify_all();
        }
    }
}

impl<J> Drop for Member<'_, J> {
    fn drop(&mut self) {
        if self.in_place {
            self.leave();
        }
    }
}

/// One sleep of one thread.
#[derive(Default)]
struct Sleeper {
    state: Mutex<Sleep>,
    called: Condvar,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Sleep {
    #[default]
    Waiting,
    /// Woken, on behalf of one job or the closing.
    Called,
    /// No longer waiting, and not because of a call: waking it would wake nobody.
    Over,
}

impl Sleeper {
    /// Wakes the thread; `false` if it no longer sleeps.
    fn call(&self) -> bool {
        let mut state = self.state.lock();
        if *state == Sleep::Over && !planted(Mutant::StaleSleeperCounts) {
            return false;
        }
        *state = Sleep::Called;
        self.called.notify_one();
        true
    }

    /// Sleeps until called, at most `limit`; returns whether it was called.
    fn sleep(&self, limit: Duration) -> bool {
        let deadline = std::time::Instant::now().checked_add(limit);
        let mut state = self.state.lock();
        while *state == Sleep::Waiting {
            let now = std::time::Instant::now();
            let wait = deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(now));
            if wait.is_zero() {
                *state = Sleep::Over;
                return false;
            }
            state = self.called.wait_timeout(state, wait).0;
        }
        true
    }

    fn withdraw(&self) {
        *self.state.lock() = Sleep::Over;
    }
}
