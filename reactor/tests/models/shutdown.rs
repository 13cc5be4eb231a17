//! Shutdown against those who wait, or are about to.

use std::task::Context;
use std::time::Duration;

use plies_reactor::Sleep;
use plies_shim::model::{Model, together};

use super::*;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "shutdown against a reader", against_a_reader, floor 50 and 25, bound 3,
        [GoneUnannounced], weak []
    ));
    all.extend(both_orders!(
        "shutdown against a timer", against_a_timer, floor 20 and 5,
        [GoneUnannounced], weak []
    ));
    all
}

/// A source is read, registered and waited for as the reactor goes: the reader gets an error.
fn against_a_reader<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let handle = reactor.handle().clone();
    let io = Async::with_handle(Source::new(), &handle).unwrap();
    together::<SWAP>(
        move || assert!(block_on(|cx| read(&io, cx)).is_err()),
        move || handle.shutdown(),
    );
}

/// The same for a timer.
fn against_a_timer<const SWAP: bool>() {
    let reactor = reactor();
    let _alive = reactor.clone();
    let handle = reactor.handle().clone();
    let deadline = handle.clock().deadline(Duration::from_secs(1));
    let mut timer = Box::pin(Sleep::with_handle(deadline, &handle));
    together::<SWAP>(
        move || assert!(block_on(|cx: &mut Context<'_>| timer.as_mut().poll_elapsed(cx)).is_err()),
        move || handle.shutdown(),
    );
}
