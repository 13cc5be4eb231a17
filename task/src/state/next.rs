//! What a transition leaves to whoever made it.

/// What whoever changed the word must do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Next {
    Nothing,
    /// The caller holds the `Runnable` now, and hands it to the scheduler.
    Schedule,
    /// The caller held the last of everything, and frees the cell.
    Free,
}

/// Where a poll that returned `Pending` leaves the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum AfterPoll {
    /// The task is idle and no longer the caller's.
    Idle,
    /// It was woken during the poll: the caller still holds the `Runnable`.
    Woken,
    /// It was cancelled, or nothing is left that could wake it: the caller still holds the
    /// `Runnable`, and drops the future.
    Cancelled,
}

/// Who is left to tell that a task completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Completion {
    /// Nobody waits. The cell is no longer the caller's.
    Nobody,
    /// The join slot holds a waker, now the caller's together with one reference.
    WakeJoiner,
    /// The join handle has gone before the task was marked complete: the result is the caller's
    /// to drop, after which it tries again.
    DropResult,
    /// The caller held the last of everything, and frees the cell.
    Free,
}

/// The task is complete: its result is stored, and the join slot is the handle's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IsComplete;
