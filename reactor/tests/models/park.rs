//! The owner parks outside the selector, against all that ends such a sleep.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use plies_reactor::Sleep;
use plies_shim::model::Model;
use plies_shim::sync::atomic::{AtomicBool, Ordering};
use plies_shim::thread;

use super::*;
use Roles::{AsListed, Swapped};

pub fn models() -> Vec<Model> {
    vec![
        Model::new("wake against park", || wake_against_park(AsListed))
            .floor(100)
            .weak_bug(
                "unpark unlocked",
                planted!(UnparkUnlocked, wake_against_park(AsListed)),
            ),
        Model::new("wake against park, swapped", || wake_against_park(Swapped))
            .floor(40)
            .weak_bug(
                "unpark unlocked",
                planted!(UnparkUnlocked, wake_against_park(Swapped)),
            ),
        Model::new("source against park", || source_against_park(AsListed))
            .floor(100)
            .preemptions(3)
            .bug(
                "source unannounced",
                planted!(SourceUnannounced, source_against_park(AsListed)),
            ),
        Model::new("source against park, swapped", || {
            source_against_park(Swapped)
        })
        .floor(100)
        .preemptions(3)
        .bug(
            "source unannounced",
            planted!(SourceUnannounced, source_against_park(Swapped)),
        ),
        Model::new("timer and source against park", || {
            timer_and_source_against_park(AsListed)
        })
        .floor(1000)
        .preemptions(2)
        .weak_bug(
            "sleeper looked for twice",
            planted!(
                SleeperLookedForTwice,
                timer_and_source_against_park(AsListed)
            ),
        ),
        Model::new("timer and source against park, swapped", || {
            timer_and_source_against_park(Swapped)
        })
        .floor(1000)
        .preemptions(3)
        .weak_bug(
            "sleeper looked for twice",
            planted!(
                SleeperLookedForTwice,
                timer_and_source_against_park(Swapped)
            ),
        ),
    ]
}

/// Work is published, relaxed, and the reactor woken, which watches nothing: its owner must see the
/// work or wake up to it.
fn wake_against_park(roles: Roles) {
    let reactor = Arc::new(Reactor::new().unwrap());
    let _alive = reactor.clone();
    let handle = reactor.handle().clone();
    let work = Arc::new(AtomicBool::new(false));
    let published = work.clone();
    race(
        roles,
        move || {
            while !work.load(Ordering::Relaxed) {
                reactor.turn(None).unwrap();
            }
        },
        move || {
            published.store(true, Ordering::Relaxed);
            handle.wake();
        },
    );
}

/// The first source is registered, and gets an event, while the owner parks: it must see the event.
fn source_against_park(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let source = Source::new();
    let io = Async::with_handle(source.clone(), reactor.handle()).unwrap();
    let done = Flag::waking(reactor.handle());
    let was_read = done.clone();
    race(
        roles,
        move || {
            while !done.is_raised() {
                reactor.turn(None).unwrap();
            }
        },
        move || {
            let mut fed = false;
            block_on(|cx| {
                let result = read(&io, cx);
                if !std::mem::replace(&mut fed, true) {
                    source.feed(1);
                }
                result
            })
            .unwrap();
            was_read.wake();
        },
    );
}

/// A timer is armed while the owner, about to park, finds that a source has come, and sleeps in the
/// selector instead: either way it must wake up to the timer.
fn timer_and_source_against_park(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let io = Arc::new(Async::with_handle(Source::new(), reactor.handle()).unwrap());
    let _registered = io.clone();
    let deadline = reactor.handle().clock().deadline(Duration::from_secs(1));
    let mut timer = Box::pin(Sleep::with_handle(deadline, reactor.handle()));
    let done = Flag::waking(reactor.handle());
    let fired = done.clone();
    let registering = thread::spawn(move || {
        let _ = read(&io, &mut Context::from_waker(Waker::noop()));
    });
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
    registering.join().unwrap();
}
