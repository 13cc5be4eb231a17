//! The one atomic word of a task: its layout, its transitions, and nothing else.
//!
//! # Layout
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `COMPLETE` | The future is gone; its result is stored or dropped. Never cleared. |
//! | 1 | `CANCELLED` | Whoever holds the [`Runnable`](crate::Runnable) must drop the future instead of polling it. Never cleared. |
//! | 2 | `JOIN_INTEREST` | The `JoinHandle` is alive: the result is kept for it. Never set again. |
//! | 3 | `JOIN_WAKER` | The join slot holds a waker, which belongs to whoever completes the task. Never set once `COMPLETE` is. |
//! | 8..32 | wakes | Wakes since the task was last idle. Saturates at [`WAKES_MAX`]. |
//! | 32..64 | references | Wakers, the `JoinHandle`, abort handles. Overflow aborts the process. |
//!
//! # States
//!
//! | state | wakes | `COMPLETE` | who may touch the future |
//! |---|---|---|---|
//! | queued or running | > 0 | 0 | the holder of the one `Runnable` |
//! | idle | 0 | 0 | nobody |
//! | complete | any | 1 | nobody: it is gone |
//!
//! The `Runnable` is not counted: it exists exactly while wakes > 0 and the task is not complete,
//! and keeps the cell alive. The cell is freed by whoever makes the references zero when the task
//! is complete. Queued and running are the same to the word, which is why starting to poll costs
//! no read-modify-write: the poll remembers the wakes it saw, and a wake that arrives meanwhile
//! shows as a difference afterwards.
//!
//! # Transitions
//!
//! | transition | operation | RMWs | publishes, to whom |
//! |---|---|---|---|
//! | spawn | plain initialisation | 0 | – |
//! | wake | add a wake, Release | 1 | what the waker wrote, to the next poll; also when the task is queued already |
//! | wake, consuming | add a wake, take a reference, Release | 1 | the same |
//! | start to poll | load, Acquire | 0 | takes what every counted wake published, and the last poll's writes |
//! | back to idle | CAS, Release | 1 | the future as the poll left it, to the next poll |
//! | woken during the poll | load | 0 | (the scheduler's queue publishes) |
//! | complete | CAS, AcqRel | 1, or 2 with a joiner to wake | the result, to the joiner; takes the join waker |
//! | cancel | CAS, Release | 1 | what the caller wrote, to whoever drops the future |
//! | register a join waker | CAS, AcqRel | 1 (2 to replace one) | the waker, to whoever completes; or takes the result |
//! | join a complete task | load, Acquire | 0 | takes the result |
//! | clone a reference | add, Relaxed | 1 | nothing: the cloner holds one already |
//! | drop a reference | CAS or sub, Release; load, Acquire | 1, or 0 for the last of a complete task | all use of the cell, to whoever frees it |
//!
//! Every change is a read-modify-write, so each extends the release sequences of those before it:
//! one Acquire load takes what all of them published.

mod next;
mod snapshot;
mod word;

use crate::mutants::{Mutant, planted};
use core::fmt;
use plies_shim::sync::atomic::{Ordering, fence};

pub(crate) use next::{AfterPoll, Completion, IsComplete, Next};
pub(crate) use snapshot::Snapshot;
use snapshot::{
    CANCELLED, COMPLETE, JOIN_INTEREST, JOIN_WAKER, REFERENCE, REFERENCES_MAX, WAKE, WAKES_MAX,
    WAKES_SEEN_END,
};
use word::Word;

pub(crate) struct State(Word);

impl State {
    /// A task that is queued for the first time, with its `JoinHandle` alive.
    #[inline]
    pub(crate) fn spawned() -> Self {
        Self(Word::new(Snapshot(WAKE | REFERENCE | JOIN_INTEREST)))
    }

    #[inline]
    pub(crate) fn load(&self) -> Snapshot {
        self.0.load(Ordering::Acquire)
    }

    /// Changes the word by compare-and-swap until `change` succeeds or declines; returns the
    /// word before the change, or what `change` declined with.
    #[inline(always)]
    fn update<E>(
        &self,
        success: Ordering,
        mut change: impl FnMut(Snapshot) -> Result<Snapshot, E>,
    ) -> Result<Snapshot, E> {
        let mut old = self.load();
        loop {
            let new = change(old)?;
            match self.0.exchange(old, new, success) {
                Ok(()) => return Ok(old),
                Err(now) => old = now,
            }
        }
    }

    // Waking.

    /// Adds a wake on behalf of a caller that keeps its reference.
    #[inline]
    pub(crate) fn wake_by_ref(&self) -> Next {
        if planted(Mutant::QueuedWakeDoesNotPublish) && self.load_relaxed().wakes() > 0 {
            return Next::Nothing;
        }
        let old = self.0.add(WAKE, Ordering::Release);
        if old.is_idle() {
            return Next::Schedule;
        }
        if old.wakes() >= WAKES_MAX {
            self.saturate();
        }
        Next::Nothing
    }

    /// Adds a wake and gives up the caller's reference.
    #[inline]
    pub(crate) fn wake(&self) -> Next {
        if self.load_relaxed().wakes() >= WAKES_MAX {
            // Saturating needs the reference for a moment longer.
            let next = self.wake_by_ref();
            debug_assert_eq!(next, Next::Nothing, "a task with wakes is not idle");
            return self.release();
        }
        if planted(Mutant::QueuedWakeDoesNotPublish) && self.load_relaxed().wakes() > 0 {
            return self.release();
        }
        let old = self.0.sub(REFERENCE - WAKE, Ordering::Release);
        if old.is_idle() {
            return Next::Schedule;
        }
        if old.is_complete() && old.references() == 1 {
            return self.acquire_to_free();
        }
        Next::Nothing
    }

    /// Brings an overshot count of wakes back to its maximum.
    #[cold]
    fn saturate(&self) {
        // Relaxed: the wake itself has published, and this extends its release sequence.
        // Declining means that somebody else brought it down.
        let _ = self.update(Ordering::Relaxed, |old| match old.wakes() > WAKES_MAX {
            true => Ok(old.with_wakes(WAKES_MAX)),
            false => Err(()),
        });
    }

    // Polling. Only the holder of the `Runnable` calls these.

    /// The word as a poll starts; [`after_poll`](Self::after_poll) wants it back.
    #[inline]
    pub(crate) fn before_poll(&self) -> Snapshot {
        let seen = match planted(Mutant::PollStartsRelaxed) {
            true => self.load_relaxed(),
            false => self.load(),
        };
        if seen.wakes() >= WAKES_SEEN_END {
            return self.restart_wakes();
        }
        seen
    }

    /// Makes room in the count of wakes. It only matters that some are left.
    #[cold]
    fn restart_wakes(&self) -> Snapshot {
        let restart = |old: Snapshot| Ok::<_, core::convert::Infallible>(old.with_wakes(1));
        match self.update(Ordering::Relaxed, restart) {
            Ok(old) => old.with_wakes(1),
            Err(never) => match never {},
        }
    }

    /// Ends a poll that returned `Pending` and began with `seen`.
    #[inline]
    pub(crate) fn after_poll(&self, seen: Snapshot) -> AfterPoll {
        let success = match planted(Mutant::IdleDoesNotPublish) {
            true => Ordering::Relaxed,
            false => Ordering::Release,
        };
        let idle = self.update(success, |now| {
            if now.is_cancelled() && !planted(Mutant::PollIgnoresCancel) {
                return Err(AfterPoll::Cancelled);
            }
            if now.wakes() != seen.wakes() && !planted(Mutant::WakeDuringPollLost) {
                return Err(AfterPoll::Woken);
            }
            if now.references() == 0 {
                return Err(AfterPoll::Cancelled);
            }
            Ok(now.with_wakes(0))
        });
        match idle {
            Ok(_) => AfterPoll::Idle,
            Err(other) => other,
        }
    }

    /// Marks the task complete, its result being stored, or dropped if `result_dropped`.
    #[inline]
    pub(crate) fn complete(&self, result_dropped: bool) -> Completion {
        let success = match planted(Mutant::CompleteDoesNotPublish) {
            true => Ordering::Acquire,
            false => Ordering::AcqRel,
        };
        let old = self.update(success, |old| {
            if !old.has_join_interest() && !result_dropped && !planted(Mutant::ResultLeaks) {
                return Err(Completion::DropResult);
            }
            if old.references() == 0 {
                return Err(Completion::Free);
            }
            Ok(match old.has_join_waker() {
                true => Snapshot(old.0 + REFERENCE)
                    .without(JOIN_WAKER)
                    .with(COMPLETE),
                false => old.with(COMPLETE),
            })
        });
        match old {
            Ok(old) if old.has_join_waker() => Completion::WakeJoiner,
            Ok(_) => Completion::Nobody,
            Err(other) => other,
        }
    }

    // Cancelling.

    /// Asks for the task to be cancelled. The caller keeps the cell alive.
    #[inline]
    pub(crate) fn cancel(&self) -> Next {
        let old = self.update(Ordering::Release, |old| {
            if old.is_complete() || old.is_cancelled() {
                return Err(());
            }
            let cancelled = old.with(CANCELLED);
            Ok(if old.is_idle() {
                cancelled.with_wakes(1)
            } else {
                cancelled
            })
        });
        match old {
            Ok(_) if planted(Mutant::CancelDoesNotSchedule) => Next::Nothing,
            Ok(old) if old.is_idle() || planted(Mutant::CancelSchedulesAgain) => Next::Schedule,
            _ => Next::Nothing,
        }
    }

    // Joining. Only the `JoinHandle` calls these.

    /// Gives the waker in the join slot to whoever completes the task.
    #[inline]
    pub(crate) fn set_join_waker(&self) -> Result<(), IsComplete> {
        let unless_complete = !planted(Mutant::JoinDoesNotRecheck);
        self.unless_complete(unless_complete, |old| old.with(JOIN_WAKER))
    }

    /// Takes the join slot back, with the waker in it.
    #[inline]
    pub(crate) fn unset_join_waker(&self) -> Result<(), IsComplete> {
        self.unless_complete(true, |old| old.without(JOIN_WAKER))
    }

    /// Gives up the interest in the result, and takes the join slot back.
    #[inline]
    pub(crate) fn unset_join_interest(&self) -> Result<(), IsComplete> {
        let unless_complete = !planted(Mutant::HandleDropLeavesResult);
        self.unless_complete(unless_complete, |old| {
            old.without(JOIN_INTEREST | JOIN_WAKER)
        })
    }

    /// [`unset_join_interest`](Self::unset_join_interest) and [`release`](Self::release) in one,
    /// for a handle whose join slot is empty.
    #[inline]
    pub(crate) fn detach(&self) -> Result<Next, IsComplete> {
        let unless_complete = !planted(Mutant::HandleDropLeavesResult);
        let old = self.update(Ordering::Release, |old| {
            match old.is_complete() && unless_complete {
                true => Err(IsComplete),
                false => Ok(old.without(JOIN_INTEREST).without_reference()),
            }
        })?;
        Ok(old.next_after_release())
    }

    #[inline]
    fn unless_complete(
        &self,
        decline: bool,
        change: impl Fn(Snapshot) -> Snapshot,
    ) -> Result<(), IsComplete> {
        self.update(Ordering::AcqRel, |old| match old.is_complete() && decline {
            true => Err(IsComplete),
            false => Ok(change(old)),
        })
        .map(drop)
    }

    // References.

    /// Adds a reference. Aborts the process at two thousand million of them.
    #[inline]
    pub(crate) fn retain(&self) {
        // Relaxed: the caller holds a reference or the `Runnable`, so the cell is not going away.
        let old = self.0.add(REFERENCE, Ordering::Relaxed);
        if old.references() >= REFERENCES_MAX {
            crate::panics::abort("a task has more than 2147483648 wakers and handles");
        }
    }

    /// Drops a reference.
    #[inline]
    pub(crate) fn release(&self) -> Next {
        let now = self.load();
        if now.is_complete() {
            return self.release_complete(now);
        }
        let old = self.update(Ordering::Release, |old| {
            Ok::<_, ()>(old.without_reference())
        });
        match old {
            Ok(old) => match old.next_after_release() {
                Next::Free => self.acquire_to_free(),
                next => next,
            },
            Err(()) => Next::Nothing,
        }
    }

    /// Drops a reference to a task known to be complete. The last one needs no
    /// read-modify-write: nobody else is left to race with.
    #[inline]
    fn release_complete(&self, now: Snapshot) -> Next {
        if now.references() == 1 {
            return Next::Free;
        }
        let order = match planted(Mutant::ReleaseDoesNotPublish) {
            true => Ordering::Relaxed,
            false => Ordering::Release,
        };
        let old = self.0.sub(REFERENCE, order);
        if old.references() == 1 {
            self.acquire_to_free()
        } else {
            Next::Nothing
        }
    }

    /// Sees every use of the cell by those who dropped their references before.
    #[inline]
    fn acquire_to_free(&self) -> Next {
        if !planted(Mutant::FreeDoesNotAcquire) {
            fence(Ordering::Acquire);
        }
        Next::Free
    }

    #[inline]
    fn load_relaxed(&self) -> Snapshot {
        self.0.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load().fmt(f)
    }
}

#[cfg(all(test, feature = "std", not(any(plies_loom, plies_shuttle))))]
mod tests;
