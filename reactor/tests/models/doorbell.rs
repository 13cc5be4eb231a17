//! Waking the owner against its going to sleep, and others who turn in its place.

use std::sync::Arc;
use std::task::{Context, Waker};

use plies_shim::model::Model;
use plies_shim::sync::atomic::{AtomicBool, Ordering};

use super::*;
use Roles::{AsListed, Swapped};

pub fn models() -> Vec<Model> {
    vec![
        Model::new("wake against sleep", || wake_against_sleep(AsListed))
            .floor(120)
            .bug(
                "ring overwritten",
                planted!(RingOverwritten, wake_against_sleep(AsListed)),
            ),
        Model::new("wake against sleep, swapped", || {
            wake_against_sleep(Swapped)
        })
        .floor(50)
        .bug(
            "ring overwritten",
            planted!(RingOverwritten, wake_against_sleep(Swapped)),
        ),
        Model::new("owner against thief", || owner_against_thief(AsListed))
            .floor(100)
            .preemptions(2)
            .bug(
                "ring stolen",
                planted!(RingStolen, owner_against_thief(AsListed)),
            ),
        Model::new("owner against thief, swapped", || {
            owner_against_thief(Swapped)
        })
        .floor(100)
        .preemptions(2)
        .bug(
            "ring stolen",
            planted!(RingStolen, owner_against_thief(Swapped)),
        ),
    ]
}

/// Work is published, relaxed, and the reactor woken, which watches a source: its owner must see the
/// work or wake up to it.
fn wake_against_sleep(roles: Roles) {
    let reactor = reactor();
    let _registered = registered(&reactor);
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

/// Another thread gives the owner work and turns the reactor once, as an event arrives for a task
/// of the owner's: the owner learns of both.
fn owner_against_thief(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (source, io) = registered(&reactor);
    let flag = Flag::waking(reactor.handle());
    let waker = Waker::from(flag.clone());
    assert!(read(&io, &mut Context::from_waker(&waker)).is_pending());
    let work = Arc::new(AtomicBool::new(false));
    let published = work.clone();
    let thief = reactor.clone();
    race(
        roles,
        move || {
            while !(work.load(Ordering::Relaxed) && flag.is_raised()) {
                reactor.turn(None).unwrap();
            }
        },
        move || {
            source.feed(1);
            published.store(true, Ordering::Relaxed);
            thief.handle().wake();
            look(&thief);
        },
    );
}
