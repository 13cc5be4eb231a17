//! Timers armed, polled and dropped on one thread while another turns the reactor.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use plies_reactor::{Handle, Sleep};
use plies_shim::model::Model;

use super::*;
use Roles::{AsListed, Swapped};

const SECOND: Duration = Duration::from_secs(1);

pub fn models() -> Vec<Model> {
    vec![
        Model::new("arm against sleep", || arm_against_sleep(AsListed))
            .floor(900)
            .preemptions(3)
            .bug(
                "owner left asleep",
                planted!(OwnerLeftAsleep, arm_against_sleep(AsListed)),
            ),
        Model::new("arm against sleep, swapped", || arm_against_sleep(Swapped))
            .floor(300)
            .preemptions(3)
            .bug(
                "owner left asleep",
                planted!(OwnerLeftAsleep, arm_against_sleep(Swapped)),
            ),
        Model::new("poll against fire", || poll_against_fire(AsListed))
            .floor(40)
            .preemptions(3)
            .bug(
                "fired unnoticed",
                planted!(FiredUnnoticed, poll_against_fire(AsListed)),
            ),
        Model::new("poll against fire, swapped", || poll_against_fire(Swapped))
            .floor(15)
            .preemptions(3)
            .bug(
                "fired unnoticed",
                planted!(FiredUnnoticed, poll_against_fire(Swapped)),
            ),
        Model::new("cancel against fire", || cancel_against_fire(AsListed))
            .floor(10)
            .preemptions(3)
            .bug(
                "unlinked twice",
                planted!(UnlinkedTwice, cancel_against_fire(AsListed)),
            ),
        Model::new("cancel against fire, swapped", || {
            cancel_against_fire(Swapped)
        })
        .floor(10)
        .preemptions(3)
        .bug(
            "unlinked twice",
            planted!(UnlinkedTwice, cancel_against_fire(Swapped)),
        ),
    ]
}

fn sleep(handle: &Handle) -> Pin<Box<Sleep>> {
    Box::pin(Sleep::with_handle(handle.clock().deadline(SECOND), handle))
}

/// A timer is armed from another thread while the owner, with no timer yet, goes to sleep. Awake,
/// the owner lets the paused clock jump to it.
fn arm_against_sleep(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let mut timer = sleep(reactor.handle());
    let done = Flag::waking(reactor.handle());
    let fired = done.clone();
    race(
        roles,
        move || {
            while !done.is_raised() {
                reactor.turn(None).unwrap();
            }
        },
        move || {
            block_on(|cx| timer.as_mut().poll(cx));
            fired.wake();
        },
    );
}

/// A timer fires while its task is polled again, with another waker than before.
fn poll_against_fire(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let mut timer = sleep(reactor.handle());
    assert!(
        timer
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    race(
        roles,
        move || block_on(|cx| timer.as_mut().poll(cx)),
        move || {
            reactor.handle().clock().advance(SECOND);
            look(&reactor);
        },
    );
}

/// Two timers that are due at once; one is reset and dropped while they fire. The other fires.
fn cancel_against_fire(roles: Roles) {
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
    race(
        roles,
        move || drop(first),
        move || {
            reactor.handle().clock().advance(SECOND);
            look(&reactor);
            assert!(flag.is_raised());
            assert!(second.is_elapsed());
        },
    );
}
