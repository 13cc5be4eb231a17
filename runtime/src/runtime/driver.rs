//! A worker's reactor as what the worker sleeps on.

use std::any::Any;
use std::io;
use std::sync::Weak;
use std::time::Duration;

use plies_reactor::Reactor;
use plies_scheduler::Driver;

use super::handle::{Handle, Shared};
use super::threads::{Hook, call};
use crate::context::{self, Role};

/// One worker's reactor.
pub(super) struct ReactorDriver {
    reactor: Reactor,
    /// Weak, for the runtime owns the executor and that owns this.
    runtime: Weak<Shared>,
    hooks: ParkHooks,
}

/// What a worker calls around its sleep.
#[derive(Clone, Default)]
pub(super) struct ParkHooks {
    pub(super) park: Option<Hook>,
    pub(super) unpark: Option<Hook>,
}

impl ReactorDriver {
    pub(super) fn new(reactor: Reactor, runtime: Weak<Shared>, hooks: ParkHooks) -> Self {
        Self {
            reactor,
            runtime,
            hooks,
        }
    }
}

impl Driver for ReactorDriver {
    fn park(&self, timeout: Option<Duration>) {
        call(&self.hooks.park);
        check(self.reactor.turn(timeout));
        call(&self.hooks.unpark);
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
            context::assume(Role::inside(runtime.runtime_flavor())),
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
