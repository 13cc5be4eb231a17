//! The edges of the counts, which no test from outside can reach.

use super::*;
use std::process::Command;

impl State {
    /// A queued task with so many references and wakes.
    fn with_counts(references: u64, wakes: u64) -> Self {
        Self(AtomicU64::new(references * REFERENCE + wakes * WAKE))
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
    for wakes in [WAKES_SEEN_MAX, WAKES_SEEN_MAX + 1, WAKES_MAX] {
        let state = State::with_counts(2, wakes);
        let seen = state.before_poll();
        assert!(seen.wakes() <= WAKES_SEEN_MAX);
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
