//! The edges of the counts, which no test from outside can reach.

use super::*;
use crate::{Cause, Outcome, Runnable, Schedule, spawn};
use core::task::{Context, Poll, Waker};
use std::pin::Pin;
use std::process::Command;

impl State {
    /// A queued task with so many references and wakes.
    fn with_counts(references: u64, wakes: u64) -> Self {
        Self(Word::new(Snapshot(references * REFERENCE + wakes * WAKE)))
    }
}

/// Set for the child process that is to die.
const CHILD: &str = "PLIES_TASK_OVERFLOW_CHILD";

#[test]
fn a_reference_too_many_aborts_the_process() {
    if std::env::var_os(CHILD).is_some() {
        State::with_counts(REFERENCES_MAX, 1).retain();
        // Reached only if `retain` returned: the parent sees an orderly exit.
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--nocapture",
            "state::tests::a_reference_too_many_aborts_the_process",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(!child.status.success(), "it went on");
    assert_eq!(child.status.code(), None, "it ended in another way: {said}");
    assert!(
        said.contains("more than 2147483648 wakers and handles"),
        "{said}"
    );
}

#[test]
fn the_last_reference_that_fits_does_not_abort() {
    let state = State::with_counts(REFERENCES_MAX - 1, 1);
    state.retain();
    assert_eq!(state.load().references(), REFERENCES_MAX);
    assert_eq!(state.load().wakes(), 1, "it spills into no other field");
}

#[test]
fn the_count_of_wakes_saturates() {
    let state = State::with_counts(2, WAKES_MAX);
    assert_eq!(state.wake_by_ref(), Next::Nothing);
    assert_eq!(state.load().wakes(), WAKES_MAX);
    assert_eq!(state.wake(), Next::Nothing);
    assert_eq!(
        (state.load().wakes(), state.load().references()),
        (WAKES_MAX, 1)
    );
}

#[test]
fn an_overshot_count_of_wakes_comes_back() {
    let state = State::with_counts(2, WAKES_MAX + 1_000);
    assert_eq!(state.wake_by_ref(), Next::Nothing);
    assert_eq!(state.load().wakes(), WAKES_MAX);
    assert_eq!(state.load().references(), 2);
}

#[test]
fn a_poll_that_starts_saturated_still_notices_a_wake() {
    for wakes in [WAKES_SEEN_END - 1, WAKES_SEEN_END, WAKES_MAX] {
        let state = State::with_counts(2, wakes);
        let seen = state.before_poll();
        assert!(seen.wakes() < WAKES_SEEN_END);
        assert_eq!(state.wake_by_ref(), Next::Nothing);
        assert_eq!(state.after_poll(seen), AfterPoll::Woken);
        let seen = state.before_poll();
        assert_eq!(state.after_poll(seen), AfterPoll::Idle);
        assert!(state.load().is_idle());
    }
}

#[test]
fn as_many_wakes_as_fit_between_two_looks_are_noticed() {
    let state = State::with_counts(2, 1);
    let seen = state.before_poll();
    for _ in 0..WAKES_MAX + 10 {
        assert_eq!(state.wake_by_ref(), Next::Nothing);
    }
    assert_eq!(state.after_poll(seen), AfterPoll::Woken);
}

/// Forgets nothing and runs nothing: the one task is kept for the test.
#[derive(Clone)]
struct Keep;

std::thread_local! {
    static KEPT: core::cell::Cell<Option<Runnable>> = const { core::cell::Cell::new(None) };
}

impl Schedule for Keep {
    fn schedule(&self, task: Runnable, _cause: Cause) {
        KEPT.set(Some(task));
    }
}

/// Read-modify-writes on the word that `work` makes.
fn cost<R>(work: impl FnOnce() -> R) -> (usize, R) {
    let before = word::READ_MODIFY_WRITES.get();
    let result = work();
    (word::READ_MODIFY_WRITES.get() - before, result)
}

struct Unheard;

impl std::task::Wake for Unheard {
    fn wake(self: std::sync::Arc<Self>) {}
}

fn poll<T>(handle: &mut crate::JoinHandle<T>, waker: &Waker) -> Poll<Result<T, crate::JoinError>> {
    Pin::new(handle).poll(&mut Context::from_waker(waker))
}

#[test]
fn each_transition_costs_what_the_table_says() {
    let (spawning, (runnable, mut handle)) = cost(|| spawn(async { 1 }, Keep));
    assert_eq!(spawning, 0);
    assert_eq!(cost(|| runnable.run()), (1, Outcome::Complete));
    let (joining, result) = cost(|| poll(&mut handle, Waker::noop()));
    assert!(joining == 0 && result.is_ready());
    assert_eq!(cost(|| drop(handle)).0, 0, "freeing the cell");

    let (runnable, handle) = spawn(std::future::pending::<()>(), Keep);
    let waker = runnable.waker();
    assert_eq!(
        cost(|| runnable.run()),
        (1, Outcome::Pending),
        "from queued to idle"
    );
    assert_eq!(cost(|| waker.wake_by_ref()).0, 1, "of an idle task");
    assert_eq!(cost(|| waker.wake_by_ref()).0, 1, "of a queued task");
    assert_eq!(cost(|| KEPT.take().unwrap().run()), (1, Outcome::Pending));
    assert_eq!(cost(|| waker.wake()).0, 1, "consuming");
    assert_eq!(cost(|| handle.abort()).0, 1);
    assert_eq!(cost(|| handle.abort()).0, 0, "aborted already");
    assert_eq!(cost(|| KEPT.take().unwrap().run()), (1, Outcome::Cancelled));

    let (runnable, mut handle) = spawn(async { 1 }, Keep);
    let joiner = Waker::from(std::sync::Arc::new(Unheard));
    assert_eq!(
        cost(|| poll(&mut handle, &joiner).is_pending()),
        (1, true),
        "registering"
    );
    assert_eq!(
        cost(|| poll(&mut handle, &joiner).is_pending()),
        (0, true),
        "again"
    );
    assert_eq!(
        cost(|| runnable.run()),
        (2, Outcome::Complete),
        "with a joiner to wake"
    );
}

#[test]
fn a_yield_costs_its_wake_only() {
    let yielding = std::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    let (runnable, _handle) = spawn(yielding, Keep);
    assert_eq!(cost(|| runnable.run()), (1, Outcome::Yielded));
    drop(KEPT.take());
}
