//! Events against the tasks that wait for them.

use std::sync::Arc;
use std::task::Waker;

use plies_reactor::{Async, Interest};
use plies_shim::model::Model;

use super::*;
use Roles::{AsListed, Swapped};

pub fn models() -> Vec<Model> {
    vec![
        Model::new("event against waker", || event_against_waker(AsListed))
            .floor(100)
            .bug(
                "no second look",
                planted!(NoSecondLook, event_against_waker(AsListed)),
            ),
        Model::new("event against waker, swapped", || {
            event_against_waker(Swapped)
        })
        .floor(200)
        .bug(
            "no second look",
            planted!(NoSecondLook, event_against_waker(Swapped)),
        ),
        Model::new("clear against event", || clear_against_event(AsListed))
            .floor(2000)
            .bug(
                "tick ignored",
                planted!(TickIgnored, clear_against_event(AsListed)),
            ),
        Model::new("clear against event, swapped", || {
            clear_against_event(Swapped)
        })
        .floor(1000)
        .bug(
            "tick ignored",
            planted!(TickIgnored, clear_against_event(Swapped)),
        ),
        Model::new("deregister against dispatch", || {
            deregister_against_dispatch(AsListed)
        })
        .floor(15000)
        .bug(
            "generation ignored",
            planted!(GenerationIgnored, deregister_against_dispatch(AsListed)),
        ),
        Model::new("deregister against dispatch, swapped", || {
            deregister_against_dispatch(Swapped)
        })
        .floor(6000)
        .bug(
            "generation ignored",
            planted!(GenerationIgnored, deregister_against_dispatch(Swapped)),
        ),
        Model::new("two waiters, one dropped", || one_waiter_dropped(AsListed))
            .floor(60)
            .bug(
                "one waiter taken",
                planted!(OneWaiterTaken, one_waiter_dropped(AsListed)),
            ),
        Model::new("two waiters, one dropped, swapped", || {
            one_waiter_dropped(Swapped)
        })
        .floor(40)
        .bug(
            "one waiter taken",
            planted!(OneWaiterTaken, one_waiter_dropped(Swapped)),
        ),
    ]
}

/// A byte arrives and is dispatched while the task finds nothing and leaves its waker.
fn event_against_waker(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (source, io) = registered(&reactor);
    race(
        roles,
        move || assert_eq!(block_on(|cx| read(&io, cx)).unwrap(), 1),
        move || {
            source.feed(1);
            look(&reactor);
        },
    );
}

/// The same from readiness that is out of date: the task takes it back as the event arrives.
fn clear_against_event(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (source, io) = registered(&reactor);
    source.feed(1);
    look(&reactor);
    source.read(1).unwrap();
    race(
        roles,
        move || assert_eq!(block_on(|cx| read(&io, cx)).unwrap(), 1),
        move || {
            source.feed(1);
            look(&reactor);
        },
    );
}

/// A source with an event on its way is dropped, and its slot used again.
fn deregister_against_dispatch(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let (older, io) = registered(&reactor);
    older.feed(1);
    let turned = reactor.clone();
    race(
        roles,
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
fn one_waiter_dropped(roles: Roles) {
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
    race(
        roles,
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
