//! The owner parks outside the selector, against all that ends such a sleep.

use std::sync::Arc;

use plies_shim::model::{Model, together};
use plies_shim::thread;

use super::doorbell::wake_against_owner;
use super::timers::arm_against_owner;
use super::*;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "wake against park", wake_against_park, floor 100 and 40,
        [], weak [UnparkUnlocked]
    ));
    all.extend(both_orders!(
        "arm against park", arm_against_park, floor 900 and 300, bound 3,
        [OwnerLeftAsleep], weak []
    ));
    all.extend(both_orders!(
        "source against park", source_against_park, floor 3000, bound 3,
        [SourceUnannounced], weak []
    ));
    all.extend(both_orders!(
        "timer and source against park", timer_and_source_against_park, floor 15000 and 50000, bound 2 and 3,
        [], weak [SleeperLookedForTwice]
    ));
    all
}

/// The reactor watches nothing, so its owner parks. Its clock runs: an owner looks at less then
/// before it sleeps, and random schedules get that far more often.
fn wake_against_park<const SWAP: bool>() {
    wake_against_owner::<SWAP>(Arc::new(Reactor::new().unwrap()));
}

/// The same, and a timer is armed.
fn arm_against_park<const SWAP: bool>() {
    arm_against_owner::<SWAP>(reactor());
}

/// The first source is registered, and gets an event, while the owner parks: it must see the event.
fn source_against_park<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let source = Source::new();
    let io = Async::with_handle(source.clone(), reactor.handle()).unwrap();
    let done = Flag::waking(reactor.handle());
    let was_read = done.clone();
    together::<SWAP>(
        move || turn_until(&reactor, &done),
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
fn timer_and_source_against_park<const SWAP: bool>() {
    let reactor = reactor();
    let io = Arc::new(Async::with_handle(Source::new(), reactor.handle()).unwrap());
    let _registered = io.clone();
    let registering = thread::spawn(move || {
        let _ = read(&io, &mut Context::from_waker(Waker::noop()));
    });
    arm_against_owner::<SWAP>(reactor);
    registering.join().unwrap();
}
