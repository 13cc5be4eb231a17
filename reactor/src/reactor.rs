//! `Reactor`: what its owner turns.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::context;
use crate::doorbell::Doorbell;
use crate::group::{Group, Place};
use crate::handle::{Handle, Shared};
use crate::planted::{Bug, planted};
use crate::registration::slots::Slots;
use crate::sys::{self, Selector, Wait};
use crate::time::clock::{self, Clock};
use crate::time::timers::Timers;
use crate::time::{NEVER, Nanos};
use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::AtomicBool;

/// How long a reactor that has fired timers sleeps at least before it is woken for the next ones:
/// those that are due sooner share that wake-up. One that is alone is woken for at its own time.
const REST: Nanos = 50_000;

/// The same if a crowd has fired since it last slept. Going to sleep and coming back costs as much
/// as thirty timers do, and with this rest the mean lateness of a crowd still is under 60 µs.
const REST_OF_CROWD: Nanos = 70_000;

/// How many timers are a crowd.
const CROWD: usize = 8;

/// How many wakers a reactor keeps room for between turns.
const WAKERS_KEPT: usize = 1024;

/// What only the thread that turns a reactor touches.
#[derive(Debug)]
pub(crate) struct Core {
    selector: Selector,
    /// Room for wakers, kept from turn to turn.
    wakers: Vec<Waker>,
    /// When a turn last fired a timer.
    fired_at: Nanos,
    /// How many have fired since the owner last slept.
    fired: usize,
}

/// A selector and its timers.
///
/// One thread at a time is in [`turn`](Reactor::turn): usually its owner, which sleeps there when
/// it has nothing else to do. Any other thread can turn it with a timeout of zero in the owner's
/// place while the owner is late. Dropping it shuts it down: see [`Handle::shutdown`].
///
/// ```
/// use plies_reactor::Reactor;
/// use std::time::Duration;
///
/// let reactor = Reactor::new()?;
/// reactor.handle().wake();
/// assert!(reactor.turn(None)?.woken());
/// assert!(!reactor.turn(Some(Duration::ZERO))?.woken());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Reactor {
    handle: Handle,
}

/// Chooses what a [`Reactor`] is made of.
///
/// ```
/// use plies_reactor::{Clock, Reactor};
///
/// let clock = Clock::new();
/// clock.pause();
/// let simulated = Reactor::builder().clock(clock).build()?;
/// assert!(simulated.handle().clock().is_paused());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Builder {
    clock: Clock,
    events: Option<usize>,
    busy_events: Option<usize>,
    group: Option<Group>,
}

impl Builder {
    /// The clock its timers run by; a new one, unpaused, if not said. Reactors may share one.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The reactors with which it shares its sources; none if not said. See [`Group`].
    pub fn group(mut self, group: &Group) -> Self {
        self.group = Some(group.clone());
        self
    }

    /// How many events one look into the system's queue takes out of it: 1024 if not said, at
    /// least 1. The rest stay for the next turn.
    pub fn event_capacity(mut self, events: usize) -> Self {
        self.events = Some(events.max(1));
        self
    }

    /// The same for a turn that does not wait, of a thread that has more to do: as many as
    /// [`event_capacity`](Builder::event_capacity) if not said.
    pub fn busy_event_capacity(mut self, events: usize) -> Self {
        self.busy_events = Some(events.max(1));
        self
    }

    /// Makes the reactor.
    ///
    /// # Errors
    ///
    /// What the system says if it has no descriptors or memory left for it.
    pub fn build(self) -> io::Result<Reactor> {
        let (selector, registrar) = sys::open(self.events.unwrap_or(1024), self.busy_events)?;
        let core = Core {
            selector,
            wakers: Vec::new(),
            fired_at: 0,
            fired: 0,
        };
        let shared = Arc::new(Shared {
            core: Mutex::new(core),
            registrar,
            doorbell: Doorbell::new(),
            slots: Slots::new(),
            timers: Timers::new(self.clock.nanos()),
            clock: self.clock,
            gone: AtomicBool::new(false),
            place: Place::new(self.group),
        });
        shared.clock.attach(&shared);
        if let Some(group) = shared.place.group() {
            group.join(&shared);
        }
        Ok(Reactor {
            handle: Handle { shared },
        })
    }
}

/// What one [`Reactor::turn`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    events: usize,
    timers: usize,
    woken: bool,
    busy: bool,
}

impl Turn {
    /// How many events of sources were dispatched.
    pub fn events(&self) -> usize {
        self.events
    }

    /// How many timers fired.
    pub fn timers(&self) -> usize {
        self.timers
    }

    /// Whether [`Handle::wake`] was called since the last turn that could sleep.
    pub fn woken(&self) -> bool {
        self.woken
    }

    /// Whether nothing was done because another thread is in this reactor.
    pub fn busy(&self) -> bool {
        self.busy
    }
}

impl Reactor {
    /// A reactor with a clock of its own.
    ///
    /// # Errors
    ///
    /// What the system says if it has no descriptors or memory left for it.
    pub fn new() -> io::Result<Reactor> {
        Self::builder().build()
    }

    /// A builder, to choose the clock.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The handle to give to others.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits for events, timers or [`Handle::wake`], for at most `timeout` (`None`: for as long as
    /// it takes), then wakes whoever waited for what has happened.
    ///
    /// With a timeout of zero it never waits: if another thread is in this reactor it returns at
    /// once with [`Turn::busy`]. With any other timeout it waits for that thread to leave first;
    /// only the owner of the reactor should sleep in it. It may return early with nothing done.
    ///
    /// # Errors
    ///
    /// What the system's selector says. A signal is no error: it ends a wait in the selector early, and
    /// none of a reactor that watches nothing. A selector fails for reasons
    /// that no retry mends: somebody closed its descriptor. So it counts as gone, and so do the
    /// sources that are registered with it: who waits for one gets an error, also later; they can
    /// still be moved to another reactor. The timers fire in each turn as before, but only there:
    /// whoever goes on after an error has to see to it that the next turn comes in time.
    pub fn turn(&self, timeout: Option<Duration>) -> io::Result<Turn> {
        self.handle.shared.turn(timeout)
    }

    /// Runs `future` on this thread and turns the reactor whenever the future is not ready. The
    /// reactor is current meanwhile.
    ///
    /// # Errors
    ///
    /// What [`turn`](Reactor::turn) says; the future is dropped then.
    ///
    /// ```
    /// let reactor = plies_reactor::Reactor::new()?;
    /// assert_eq!(reactor.block_on(async { 7 })?, 7);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn block_on<F: Future>(&self, future: F) -> io::Result<F::Output> {
        let _entered = self.handle.enter();
        let waker = self.handle.waker();
        let mut cx = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return Ok(output);
            }
            self.turn(None)?;
        }
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

impl Core {
    /// Until when the owner is not woken for a timer.
    fn rests_until(&self) -> Nanos {
        let rest = if self.fired < CROWD {
            REST
        } else {
            REST_OF_CROWD
        };
        self.fired_at.saturating_add(rest)
    }
}

impl Shared {
    pub(crate) fn turn(&self, timeout: Option<Duration>) -> io::Result<Turn> {
        self.select_and_wake(timeout)
            .inspect_err(|_| self.selector_failed())
    }

    /// Whether this thread is the owner's, as far as this thread says.
    fn is_current(&self) -> bool {
        context::current_address() == std::ptr::from_ref(self).addr()
    }

    /// Tells whoever waits for an event that there will be none, and fires the timers that are due.
    #[cold]
    fn selector_failed(&self) {
        let mut wakers = Vec::new();
        self.slots.shut_down(self, &mut wakers);
        self.timers.fire(|| self.clock.nanos(), &mut wakers);
        self.wake_all(wakers);
    }

    fn select_and_wake(&self, timeout: Option<Duration>) -> io::Result<Turn> {
        let mut turn = Turn::default();
        let mut core = if timeout == Some(Duration::ZERO) {
            let Some(mut core) = self.core.try_lock() else {
                return Ok(Turn { busy: true, ..turn });
            };
            self.look(&mut core)?;
            if planted(Bug::RingStolen) {
                self.doorbell.end();
            }
            core
        } else {
            let mut core = self.core.lock();
            turn.woken = self.sleep(&mut core, timeout)?;
            core
        };
        if self.place.group().is_some() && self.is_current() {
            self.place.note();
        }
        let mut wakers = std::mem::take(&mut core.wakers);
        turn.events = self.slots.dispatch(&mut core.selector, &mut wakers);
        let mut now = 0;
        let clock = || {
            now = self.clock.nanos();
            now
        };
        turn.timers = self.timers.fire(clock, &mut wakers);
        if turn.timers > 0 {
            core.fired_at = now;
            core.fired += turn.timers;
        }
        drop(core);
        self.wake_all(wakers);
        Ok(turn)
    }

    /// Sleeps until there is something to do. Says whether it was woken.
    fn sleep(&self, core: &mut Core, timeout: Option<Duration>) -> io::Result<bool> {
        if !self.doorbell.begin() {
            self.look(core)?;
            return Ok(true);
        }
        let selected = self.select(core, timeout);
        let woken = self.doorbell.end();
        selected.map(|()| woken)
    }

    /// Takes what events there are. Without a source there are none, and the system is not asked.
    fn look(&self, core: &mut Core) -> io::Result<()> {
        if self.slots.is_empty() {
            return Ok(());
        }
        core.selector.select(Wait::Not)
    }

    fn select(&self, core: &mut Core, timeout: Option<Duration>) -> io::Result<()> {
        let next = self.timers.before_sleep();
        let paused = self.clock.is_paused();
        // Not asked for if there is nothing to compare it with.
        let now = (next != NEVER || timeout.is_some()).then(|| self.clock.nanos());
        if now.is_some_and(|now| next <= now) {
            return self.look(core);
        }
        if paused {
            self.look(core)?;
            if core.selector.has_events() || self.clock.jump() {
                return Ok(());
            }
        }
        // Without a source either, nothing but the bell can end the sleep early.
        let needs_selector = || self.slots.is_any_taken();
        if next == NEVER && self.doorbell.try_park(timeout, needs_selector) {
            core.fired = 0;
            return Ok(());
        }
        let wait = now.map_or(Wait::Forever, |now| {
            let now = if paused {
                clock::system()
            } else {
                self.clock.to_system(now)
            };
            let until_next = match next {
                NEVER => NEVER,
                next => self.clock.to_system(next.max(core.rests_until())),
            };
            Wait::at_most(now, until_next, timeout)
        });
        core.fired = 0;
        core.selector.select(wait)
    }

    /// Wakes them with nothing locked, for a wake can run anything, this reactor included.
    fn wake_all(&self, mut wakers: Vec<Waker>) {
        Rest(wakers.drain(..)).0.by_ref().for_each(Waker::wake);
        if wakers.capacity() <= WAKERS_KEPT
            && let Some(mut core) = self.core.try_lock()
        {
            core.wakers = wakers;
        }
    }
}

/// Wakes what is left if one wake panics: its task's fault costs no other task its wake-up.
struct Rest<'a>(std::vec::Drain<'a, Waker>);

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        self.0.by_ref().for_each(Waker::wake);
    }
}
