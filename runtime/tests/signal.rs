//! Signals: every listener is told, and what comes while nobody looks is remembered.

mod util;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use plies::signal::unix::{SignalKind, signal};
use util::spawn_on_each;

fn raise(kind: SignalKind) {
    // SAFETY: raising a signal that has a handler has no precondition.
    assert_eq!(unsafe { libc::raise(kind.as_raw_value()) }, 0);
}

fn is_pending(future: impl Future) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    pin!(future).poll(&mut cx).is_pending()
}

#[test]
fn every_listener_hears_each_signal_once() {
    spawn_on_each(|| async {
        let mut first = signal(SignalKind::user_defined1()).unwrap();
        let mut second = signal(SignalKind::user_defined1()).unwrap();
        let mut other = signal(SignalKind::user_defined2()).unwrap();
        for _ in 0..3 {
            raise(SignalKind::user_defined1());
            first.recv().await.unwrap();
            second.recv().await.unwrap();
            assert!(is_pending(first.recv()));
            assert!(is_pending(other.recv()));
        }
        drop(first);
        raise(SignalKind::user_defined1());
        second.recv().await.unwrap();
        raise(SignalKind::user_defined2());
        other.recv().await.unwrap();
    });
}

#[test]
fn other_kinds_are_heard_too() {
    // Those that no other test of this process raises.
    let kinds = [
        SignalKind::child(),
        SignalKind::interrupt(),
        SignalKind::io(),
        SignalKind::pipe(),
        SignalKind::quit(),
        SignalKind::terminate(),
        SignalKind::window_change(),
    ];
    for kind in kinds {
        spawn_on_each(|| async move {
            let mut listener = signal(kind).unwrap();
            raise(kind);
            assert_eq!(listener.recv().await, Some(()));
        });
    }
}

#[test]
fn a_waiting_task_is_woken() {
    spawn_on_each(|| async {
        let mut hangup = signal(SignalKind::hangup()).unwrap();
        let task = plies::spawn(async move { hangup.recv().await });
        plies::task::yield_now().await;
        raise(SignalKind::hangup());
        assert_eq!(task.await.unwrap(), Some(()));
    });
}

#[test]
fn signals_that_nobody_looked_at_become_one() {
    spawn_on_each(|| async {
        let mut alarm = signal(SignalKind::alarm()).unwrap();
        for _ in 0..1000 {
            raise(SignalKind::alarm());
        }
        alarm.recv().await.unwrap();
        assert!(is_pending(alarm.recv()));
    });
}

#[test]
fn a_signal_that_no_program_may_handle_is_an_error() {
    spawn_on_each(|| async {
        for number in [libc::SIGKILL, libc::SIGSTOP, libc::SIGSEGV] {
            let error = signal(SignalKind::from_raw(number)).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        }
        assert!(signal(SignalKind::from_raw(12_345)).is_err());
    });
}

#[test]
fn after_the_runtime_has_ended_nothing_is_heard() {
    for (name, runtime) in util::runtimes() {
        let mut child = runtime.block_on(async { signal(SignalKind::child()).unwrap() });
        runtime.block_on(async { assert!(is_pending(child.recv())) });
        drop(runtime);
        assert_eq!(plies_scheduler::block_on(child.recv()), None, "on {name}");
    }
}
