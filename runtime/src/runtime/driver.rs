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
    fn park(&self, timeout: Option<Duration>) -> io::Result<()> {
        call(&self.hooks.park);
        let turn = self.reactor.turn(timeout);
        call(&self.hooks.unpark);
        turn.map(drop)
    }

    fn poll(&self) -> io::Result<bool> {
        Ok(!self.reactor.turn(Some(Duration::ZERO))?.busy())
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
