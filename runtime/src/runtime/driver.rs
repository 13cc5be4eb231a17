//! A worker's reactor as what the worker sleeps on.

use std::any::Any;
use std::io;
use std::sync::Weak;
use std::time::Duration;

use plies_reactor::Reactor;
use plies_scheduler::Driver;

use super::handle::{Handle, Shared};
use crate::context::{self, Role};

/// One worker's reactor.
pub(crate) struct ReactorDriver {
    reactor: Reactor,
    /// Weak, for the runtime owns the executor and that owns this.
    runtime: Weak<Shared>,
}

impl ReactorDriver {
    pub(crate) fn new(reactor: Reactor, runtime: Weak<Shared>) -> Self {
        Self { reactor, runtime }
    }
}

impl Driver for ReactorDriver {
    fn park(&self, timeout: Option<Duration>) {
        check(self.reactor.turn(timeout));
    }

    fn poll(&self) -> bool {
        check(self.reactor.turn(Some(Duration::ZERO))).is_some_and(|turn| !turn.busy())
    }

    fn unpark(&self) {
        self.reactor.handle().wake();
    }

    fn enter(&self) -> Option<Box<dyn Any>> {
        let runtime = Handle::from_shared(self.runtime.upgrade()?);
        let reactor = self.reactor.handle().enter();
        Some(Box::new((
            context::assume(Role::Async),
            reactor,
            context::enter(runtime),
        )))
    }
}

/// The system's selector fails only for a reason that no retry mends (a closed descriptor, no
/// memory): going on would spin.
fn check<T>(result: io::Result<T>) -> Option<T> {
    match result {
        Ok(turn) => Some(turn),
        Err(error) => panic!("the system's selector failed: {error}"),
    }
}
