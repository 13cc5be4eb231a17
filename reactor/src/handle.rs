//! `Handle`: a reactor as everybody but its owner sees it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Wake, Waker};

use crate::context::{self, EnterGuard};
use crate::doorbell::Doorbell;
use crate::error::NoReactor;
use crate::group::Place;
use crate::planted::{Bug, planted};
use crate::reactor::Core;
use crate::registration::slots::Slots;
use crate::sys::Registrar;
use crate::time::Nanos;
use crate::time::clock::Clock;
use crate::time::timers::Timers;
use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicBool, Ordering};

/// What the owner and the handles of one reactor share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Held by whoever turns the reactor.
    pub(crate) core: Mutex<Core>,
    pub(crate) registrar: Registrar,
    pub(crate) doorbell: Doorbell,
    pub(crate) slots: Slots,
    pub(crate) timers: Timers,
    pub(crate) clock: Clock,
    pub(crate) gone: AtomicBool,
    pub(crate) place: Place,
}

impl Shared {
    pub(crate) fn wake(&self) {
        if self.doorbell.ring() {
            self.registrar.interrupt();
        }
    }

    fn wake_sleeper(&self) {
        if self.doorbell.ring_sleeper() {
            self.registrar.interrupt();
        }
    }

    /// A source has been registered: an owner that is parked has to sleep in the selector instead.
    pub(crate) fn source_added(&self) {
        if !planted(Bug::SourceUnannounced) {
            self.doorbell.ring_parked();
        }
    }

    /// When the next timer is due, if the owner sleeps until then.
    pub(crate) fn idle_until(&self) -> Option<Nanos> {
        self.doorbell.is_asleep().then(|| self.timers.next())
    }

    fn shut_down(&self) {
        self.gone.store(true, Ordering::Release);
        let mut wakers = Vec::new();
        self.slots.shut_down(self, &mut wakers);
        self.timers.shut_down(&mut wakers);
        self.wake();
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// A reactor as everybody but its owner sees it: cheap to clone, and usable from any thread.
///
/// ```
/// use plies_reactor::{Handle, Reactor};
///
/// let reactor = Reactor::new()?;
/// assert!(Handle::try_current().is_err());
/// let entered = reactor.handle().enter();
/// assert_eq!(Handle::current(), *reactor.handle());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
}

impl Handle {
    /// The current reactor of this thread.
    ///
    /// # Panics
    ///
    /// If there is none: call [`enter`](Handle::enter) on this thread first.
    #[track_caller]
    pub fn current() -> Handle {
        Self::try_current().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The current reactor of this thread.
    ///
    /// # Errors
    ///
    /// [`NoReactor`] if no guard of [`enter`](Handle::enter) is alive on this thread.
    pub fn try_current() -> Result<Handle, NoReactor> {
        context::current().ok_or(NoReactor)
    }

    /// Makes this the current reactor of the thread until the guard is dropped, which restores
    /// the one before it. Guards are dropped in the reverse order of their making.
    pub fn enter(&self) -> EnterGuard {
        context::enter(self.clone())
    }

    /// Ends the reactor's sleep, or keeps it from sleeping the next time it would.
    ///
    /// Costs one atomic operation, and a system call only if the reactor sleeps. What the caller
    /// wrote before is seen by whoever returns from the turn.
    pub fn wake(&self) {
        Shared::wake(&self.shared);
    }

    /// A waker that does what [`wake`](Handle::wake) does.
    pub fn waker(&self) -> Waker {
        Waker::from(self.shared.clone())
    }

    /// The clock that this reactor's timers run by.
    #[inline]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Whether the reactor was shut down or dropped.
    pub fn is_gone(&self) -> bool {
        self.shared.gone.load(Ordering::Acquire)
    }

    /// Shuts the reactor down: whoever waits on one of its sources or timers is woken and gets an
    /// error, as does whoever comes later. Sources can still be moved to another reactor. A
    /// second call does nothing.
    pub fn shutdown(&self) {
        self.shared.shut_down();
    }

    /// Whether a turn would find something to do now: an event or a due timer. Asks the system without
    /// taking anything, from any thread; one system call, and none if no source is registered.
    ///
    /// It is how one who is idle notices that another's reactor is late. To *sleep* until another
    /// reactor has something, wait for its `Handle` as a source: `Async::new(handle)` is readable then.
    #[cfg(unix)]
    #[cfg(not(any(test, plies_loom, plies_shuttle)))]
    pub fn has_events(&self) -> bool {
        self.shared.timers.next() <= self.clock().nanos()
            || !self.shared.slots.is_empty()
                && crate::sys::is_readable(self.shared.registrar.as_fd())
    }

    /// Tells reactors apart, for as long as they live.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.shared) as usize
    }

    pub(crate) fn timers(&self) -> &Timers {
        &self.shared.timers
    }

    /// Wakes the owner if it sleeps, so that it looks at its timers again.
    pub(crate) fn wake_sleeper(&self) {
        self.shared.wake_sleeper();
    }

    pub(crate) fn live(&self) -> io::Result<&Shared> {
        if self.is_gone() {
            Err(crate::error::ReactorGone.into())
        } else {
            Ok(&self.shared)
        }
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        Shared::wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        Shared::wake(self);
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Handle) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Eq for Handle {}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("reactor", &Arc::as_ptr(&self.shared))
            .field("gone", &self.is_gone())
            .finish_non_exhaustive()
    }
}
