//! Waking the owner against its going to sleep, and others who turn in its place.

use std::sync::Arc;
use std::task::{Context, Waker};

use plies_shim::model::{Model, together};
use plies_shim::sync::atomic::{AtomicBool, Ordering};

use super::*;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "wake against sleep", wake_against_sleep, floor 250 and 100,
        [RingOverwritten], weak []
    ));
    all.extend(both_orders!(
        "owner against thief", owner_against_thief, floor 100, bound 2,
        [RingStolen], weak []
    ));
    all
}

/// The reactor watches a source, so its owner sleeps in the selector.
fn wake_against_sleep<const SWAP: bool>() {
    let reactor = reactor();
    let _registered = registered(&reactor);
    wake_against_owner::<SWAP>(reactor);
}

/// Work is published, relaxed, and the reactor woken: its owner must see the work or wake up to it.
pub fn wake_against_owner<const SWAP: bool>(reactor: Arc<Reactor>) {
    let _alive = reactor.clone();
    let handle = reactor.handle().clone();
    let work = Arc::new(AtomicBool::new(false));
    let published = work.clone();
    together::<SWAP>(
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
fn owner_against_thief<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (source, io) = registered(&reactor);
    let flag = Flag::waking(reactor.handle());
    let waker = Waker::from(flag.clone());
    assert!(read(&io, &mut Context::from_waker(&waker)).is_pending());
    let work = Arc::new(AtomicBool::new(false));
    let published = work.clone();
    let thief = reactor.clone();
    together::<SWAP>(
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
