//! Timers armed, polled and dropped on one thread while another turns the reactor.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use plies_reactor::{Handle, Sleep};
use plies_shim::model::{Model, together};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "arm against sleep", arm_against_sleep, floor 2000 and 600, bound 3,
        [OwnerLeftAsleep], weak []
    ));
    all.extend(both_orders!(
        "poll against fire", poll_against_fire, floor 40 and 15, bound 3,
        [FiredUnnoticed], weak []
    ));
    all.extend(both_orders!(
        "cancel against fire", cancel_against_fire, floor 10, bound 3,
        [UnlinkedTwice], weak []
    ));
    all
}

fn sleep(handle: &Handle) -> Pin<Box<Sleep>> {
    Box::pin(Sleep::with_handle(handle.clock().deadline(SECOND), handle))
}

/// The reactor watches a source, so its owner sleeps in the selector.
fn arm_against_sleep<const SWAP: bool>() {
    let reactor = reactor();
    let _registered = registered(&reactor);
    arm_against_owner::<SWAP>(reactor);
}

/// The first timer is armed from another thread while the owner goes to sleep. Awake, the owner lets the
/// paused clock jump to it.
pub fn arm_against_owner<const SWAP: bool>(reactor: Arc<Reactor>) {
    let _alive = reactor.clone();
    let mut timer = sleep(reactor.handle());
    let done = Flag::waking(reactor.handle());
    let fired = done.clone();
    together::<SWAP>(
        move || turn_until(&reactor, &done),
        move || {
            block_on(|cx| timer.as_mut().poll(cx));
            fired.wake();
        },
    );
}

/// A timer fires while its task is polled again, with another waker than before.
fn poll_against_fire<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let mut timer = sleep(reactor.handle());
    assert!(
        timer
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    together::<SWAP>(
        move || block_on(|cx| timer.as_mut().poll(cx)),
        move || {
            reactor.handle().clock().advance(SECOND);
            look(&reactor);
        },
    );
}

/// Two timers that are due at once; one is reset and dropped while they fire. The other fires.
fn cancel_against_fire<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (mut first, mut second) = (sleep(reactor.handle()), sleep(reactor.handle()));
    let flag = Flag::new();
    assert!(
        first
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    assert!(
        second
            .as_mut()
            .poll(&mut Context::from_waker(&Waker::from(flag.clone())))
            .is_pending()
    );
    together::<SWAP>(
        move || drop(first),
        move || {
            reactor.handle().clock().advance(SECOND);
            look(&reactor);
            assert!(flag.is_raised());
            assert!(second.is_elapsed());
        },
    );
}
