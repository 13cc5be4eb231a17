//! Events against the tasks that wait for them.

use std::sync::Arc;
use std::task::Waker;

use plies_reactor::{Async, Interest};
use plies_shim::model::{Model, together};

use super::*;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "event against waker", event_against_waker, floor 100 and 200,
        [NoSecondLook], weak []
    ));
    all.extend(both_orders!(
        "clear against event", clear_against_event, floor 2000 and 1000,
        [TickIgnored], weak []
    ));
    all.extend(both_orders!(
        "deregister against dispatch", deregister_against_dispatch, floor 15000 and 6000,
        [GenerationIgnored], weak []
    ));
    all.extend(both_orders!(
        "two waiters, one dropped", one_waiter_dropped, floor 60 and 40,
        [OneWaiterTaken], weak []
    ));
    all
}

/// A byte arrives and is dispatched while the task finds nothing and leaves its waker.
fn event_against_waker<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (source, io) = registered(&reactor);
    together::<SWAP>(
        move || assert_eq!(block_on(|cx| read(&io, cx)).unwrap(), 1),
        move || {
            source.feed(1);
            look(&reactor);
        },
    );
}

/// The same from readiness that is out of date: the task takes it back as the event arrives.
fn clear_against_event<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (source, io) = registered(&reactor);
    source.feed(1);
    look(&reactor);
    source.read(1).unwrap();
    together::<SWAP>(
        move || assert_eq!(block_on(|cx| read(&io, cx)).unwrap(), 1),
        move || {
            source.feed(1);
            look(&reactor);
        },
    );
}

/// A source with an event on its way is dropped, and its slot used again.
fn deregister_against_dispatch<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (older, io) = registered(&reactor);
    older.feed(1);
    let turned = reactor.clone();
    together::<SWAP>(
        move || {
            drop(io);
            let (_, newer) = registered(&reactor);
            let tried = newer.try_io(Interest::READABLE, |_| Ok(()));
            assert!(tried.is_err(), "the newer source has the older one's event");
        },
        move || look(&turned),
    );
}

/// Two futures wait; one is dropped while the event that is for both is dispatched.
fn one_waiter_dropped<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (source, io) = registered(&reactor);
    let waiting = |io: Arc<Async<Source>>| -> Boxed<std::io::Result<()>> {
        Box::pin(async move { io.readable().await })
    };
    let (mut first, mut second) = (waiting(io.clone()), waiting(io));
    let flag = Flag::new();
    assert!(poll(&mut first, Waker::noop()).is_pending());
    assert!(poll(&mut second, &Waker::from(flag.clone())).is_pending());
    together::<SWAP>(
        move || {
            drop(first);
            flag.wait();
            assert!(poll(&mut second, Waker::noop()).is_ready());
        },
        move || {
            source.feed(1);
            look(&reactor);
        },
    );
}
