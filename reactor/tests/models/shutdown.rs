//! Shutdown against those who wait, or are about to.

use std::task::Context;
use std::time::Duration;

use plies_reactor::Sleep;
use plies_shim::model::Model;

use super::*;
use Roles::{AsListed, Swapped};

pub fn models() -> Vec<Model> {
    vec![
        Model::new("shutdown against a reader", || against_a_reader(AsListed))
            .floor(50)
            .preemptions(3)
            .bug(
                "gone unannounced",
                planted!(GoneUnannounced, against_a_reader(AsListed)),
            ),
        Model::new("shutdown against a reader, swapped", || {
            against_a_reader(Swapped)
        })
        .floor(25)
        .preemptions(3)
        .bug(
            "gone unannounced",
            planted!(GoneUnannounced, against_a_reader(Swapped)),
        ),
        Model::new("shutdown against a timer", || against_a_timer(AsListed))
            .floor(20)
            .bug(
                "gone unannounced",
                planted!(GoneUnannounced, against_a_timer(AsListed)),
            ),
        Model::new("shutdown against a timer, swapped", || {
            against_a_timer(Swapped)
        })
        .floor(5)
        .bug(
            "gone unannounced",
            planted!(GoneUnannounced, against_a_timer(Swapped)),
        ),
    ]
}

/// A source is read, registered and waited for as the reactor goes: the reader gets an error.
fn against_a_reader(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let handle = reactor.handle().clone();
    let io = Async::with_handle(Source::new(), &handle).unwrap();
    race(
        roles,
        move || assert!(block_on(|cx| read(&io, cx)).is_err()),
        move || handle.shutdown(),
    );
}

/// The same for a timer.
fn against_a_timer(roles: Roles) {
    let reactor = reactor();
    let _alive = reactor.clone();
    let handle = reactor.handle().clone();
    let deadline = handle.clock().deadline(Duration::from_secs(1));
    let mut timer = Box::pin(Sleep::with_handle(deadline, &handle));
    race(
        roles,
        move || assert!(block_on(|cx: &mut Context<'_>| timer.as_mut().poll_elapsed(cx)).is_err()),
        move || handle.shutdown(),
    );
}
