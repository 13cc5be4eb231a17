//! One source's registration: readiness, waiters, and the reactor it is with.

pub(crate) mod readiness;
pub(crate) mod slots;
pub(crate) mod waiters;
pub(crate) mod waiting;

use std::io;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use readiness::{Readiness, Snapshot};
use slots::Token;
use waiters::{Waiter, Waiters};

use crate::context;
use crate::error::{NoReactor, ReactorGone, refused};
use crate::handle::{Handle, Shared};
use crate::interest::{Direction, Interest, Ready};
use crate::planted::{Bug, planted};
use crate::sys::Registrar;
use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicUsize, Ordering};

/// How a source is made known to a selector, or forgotten.
pub(crate) type Attach<'a> = &'a mut dyn FnMut(&Registrar, Token) -> io::Result<()>;
pub(crate) type Detach<'a> = &'a mut dyn FnMut(&Registrar) -> io::Result<()>;

/// What the selector, the tasks and the owner of a source share about it.
///
/// It outlives every registration with a reactor: moving to another one changes `home` only, and
/// leaves whoever waits where they wait.
#[derive(Debug)]
pub(crate) struct Registration {
    readiness: Readiness,
    waiters: Mutex<Waiters>,
    home: Mutex<Home>,
    /// The address of the reactor in `home`, and how many waits in a row began on threads of
    /// others. Hints only: relaxed, and they publish nothing.
    address: AtomicUsize,
    away: AtomicU8,
    /// How many waits began on threads of that reactor, modulo 2^16; a hint too.
    waits: AtomicU16,
    /// There was nothing to read a moment ago, as far as one can tell before any selector watches the
    /// source. A hint too.
    dry: AtomicBool,
}

/// After so many waits in a row on the threads of other reactors a source moves. A task that was
/// stolen once and soon stolen back costs no system call.
const MOVE_AFTER: u8 = 2;

/// At this wait, and each time the waits have doubled, a source may ask whether it is near where its
/// packets arrive.
const FIRST_QUESTION: u16 = 4;

/// Why a source may be with the wrong reactor.
pub(crate) enum Doubt {
    /// It is used on the thread of this one.
    Estranged(Handle),
    /// Its packets may arrive on the processor of another one.
    Distant,
}

#[derive(Debug)]
enum Home {
    /// Nowhere yet; the reactor to use on a thread that has none.
    Fallback(Option<Handle>),
    /// Watched by this reactor, under this token.
    At(Handle, Token),
}

impl Registration {
    pub(crate) fn new(fallback: Option<Handle>) -> Arc<Self> {
        Arc::new(Self {
            readiness: Readiness::new(),
            waiters: Mutex::new(Waiters::new()),
            home: Mutex::new(Home::Fallback(fallback)),
            address: AtomicUsize::new(0),
            away: AtomicU8::new(0),
            waits: AtomicU16::new(0),
            dry: AtomicBool::new(false),
        })
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.readiness.load()
    }

    pub(crate) fn clear(&self, seen: Snapshot, ready: Ready) {
        self.readiness.clear(seen, ready);
    }

    /// Notes whether there is nothing to read just now, for a source that is not registered.
    pub(crate) fn set_dry(&self, dry: bool) {
        self.dry.store(dry, Ordering::Relaxed);
    }

    pub(crate) fn is_dry(&self) -> bool {
        self.dry.load(Ordering::Relaxed)
    }

    /// Registers with the current reactor of this thread or the fallback, unless it is registered
    /// already. `untried` may be ready as far as the caller knows.
    pub(crate) fn register(self: &Arc<Self>, untried: Ready, attach: Attach<'_>) -> io::Result<()> {
        let mut home = self.home.lock();
        let Home::Fallback(fallback) = &*home else {
            return Ok(());
        };
        let handle = context::current()
            .or_else(|| fallback.clone())
            .ok_or(NoReactor)?;
        let token = self.attach_to(&handle, attach)?;
        self.readiness.registered(untried);
        self.address.store(handle.address(), Ordering::Relaxed);
        *home = Home::At(handle, token);
        Ok(())
    }

    /// Registers a source that is not shared yet with the reactor of `handle`.
    #[cfg(not(any(test, plies_loom, plies_shuttle)))]
    pub(crate) fn register_with(
        self: &Arc<Self>,
        handle: Handle,
        attach: Attach<'_>,
    ) -> io::Result<()> {
        let token = self.attach_to(&handle, attach)?;
        self.readiness.registered(Ready::EMPTY);
        self.address.store(handle.address(), Ordering::Relaxed);
        *self.home.lock() = Home::At(handle, token);
        Ok(())
    }

    /// Counts a wait that begins on this thread.
    pub(crate) fn wait_begins(&self) -> Option<Doubt> {
        let current = context::current_address();
        if current == 0 {
            return None;
        }
        if current == self.address.load(Ordering::Relaxed) {
            if self.away.load(Ordering::Relaxed) > 0 {
                self.away.store(0, Ordering::Relaxed);
            }
            return self.asks_now().then_some(Doubt::Distant);
        }
        let away = self.away.load(Ordering::Relaxed) + 1;
        self.away.store(away % MOVE_AFTER, Ordering::Relaxed);
        if away == MOVE_AFTER {
            context::current().map(Doubt::Estranged)
        } else {
            None
        }
    }

    /// Counts a wait at home; says whether it is time, and this source's turn, to ask how near that
    /// is.
    fn asks_now(&self) -> bool {
        let waits = self.waits.load(Ordering::Relaxed).wrapping_add(1);
        self.waits.store(waits, Ordering::Relaxed);
        waits >= FIRST_QUESTION && waits.is_power_of_two() && wins_toss()
    }

    /// Leaves the reactor it is with for that of `handle`. Those who wait stay, and try again.
    pub(crate) fn move_to(
        self: &Arc<Self>,
        handle: &Handle,
        attach: Attach<'_>,
        detach: Detach<'_>,
    ) -> io::Result<()> {
        let mut home = self.home.lock();
        let Home::At(old, old_token) = &*home else {
            *home = Home::Fallback(Some(handle.clone()));
            return Ok(());
        };
        if old == handle {
            return Ok(());
        }
        let (old, old_token, was_gone) = (old.clone(), *old_token, self.readiness.load().is_gone());
        self.readiness.set_gone(false);
        match self.attach_to(handle, attach) {
            Ok(token) => {
                self.address.store(handle.address(), Ordering::Relaxed);
                *home = Home::At(handle.clone(), token);
            }
            Err(error) => {
                self.readiness.set_gone(was_gone);
                return Err(error);
            }
        }
        leave(&old, old_token, detach);
        Ok(())
    }

    /// Leaves its reactor, if it is with one.
    pub(crate) fn withdraw(&self, detach: Detach<'_>) {
        let left = std::mem::replace(&mut *self.home.lock(), Home::Fallback(None));
        if let Home::At(handle, token) = left {
            self.readiness.unregistered();
            leave(&handle, token, detach);
        }
    }

    fn attach_to(self: &Arc<Self>, handle: &Handle, attach: Attach<'_>) -> io::Result<Token> {
        let reactor = handle.live()?;
        let token = reactor.slots.insert(self)?;
        attach(&reactor.registrar, token).map_err(|error| {
            reactor.slots.remove(token);
            refused(error)
        })?;
        reactor.source_added();
        Ok(token)
    }

    /// An event arrived.
    pub(crate) fn event(&self, ready: Ready, wakers: &mut Vec<Waker>) {
        self.readiness.set(ready);
        self.waiters.lock().take(ready, wakers);
    }

    /// `reactor` was shut down: ends every wait, unless the source has moved elsewhere since.
    pub(crate) fn gone(&self, reactor: *const Shared, wakers: &mut Vec<Waker>) {
        let home = self.home.lock();
        if matches!(&*home, Home::At(handle, _) if Arc::as_ptr(&handle.shared) == reactor) {
            self.readiness.set_gone(true);
            self.waiters.lock().take_all(wakers);
        }
    }

    /// Ready when something in `direction` is, or else the task of `cx` is woken when it is.
    pub(crate) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
    ) -> Poll<io::Result<Snapshot>> {
        self.poll_with(direction.interest(), |waiters| {
            waiters.set(direction, cx.waker())
        })
    }

    /// The same for a future of its own, which must `forget` its waiter before it goes.
    ///
    /// # Safety
    ///
    /// `waiter` is live and stays in place until it is forgotten.
    pub(crate) unsafe fn poll_waiter(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        waiter: NonNull<Waiter>,
    ) -> Poll<io::Result<Snapshot>> {
        // SAFETY: by this function's contract.
        self.poll_with(interest, |waiters| unsafe {
            waiters.link(waiter, cx.waker())
        })
    }

    /// Takes `waiter` out of those who wait.
    ///
    /// # Safety
    ///
    /// `waiter` is live, and was only given to this registration.
    pub(crate) unsafe fn forget(&self, waiter: NonNull<Waiter>) {
        // SAFETY: by this function's contract. The waker is dropped after the lock.
        let waker = unsafe { self.waiters.lock().unlink(waiter) };
        drop(waker);
    }

    /// Looks, waits, and looks again: an event sets the readiness before it takes the lock to look
    /// for wakers, so one that came in between is seen by the second look.
    fn poll_with(
        &self,
        interest: Interest,
        wait: impl FnOnce(&mut Waiters) -> Option<Waker>,
    ) -> Poll<io::Result<Snapshot>> {
        if let Some(result) = self.look(interest) {
            return Poll::Ready(result);
        }
        let replaced = wait(&mut self.waiters.lock());
        drop(replaced);
        if planted(Bug::NoSecondLook) {
            return Poll::Pending;
        }
        self.look(interest).map_or(Poll::Pending, Poll::Ready)
    }

    /// What of `interest` is ready, if anything.
    pub(crate) fn look(&self, interest: Interest) -> Option<io::Result<Snapshot>> {
        let seen = self.readiness.load();
        if seen.is_gone() {
            return Some(Err(ReactorGone.into()));
        }
        let seen = seen.only(interest.mask());
        (!seen.ready().is_empty()).then_some(Ok(seen))
    }
}

/// Half of the times, by the generator of Steele, Lea and Flood (SplitMix, 2014).
#[cold]
fn wins_toss() -> bool {
    // Not of the shim: no model waits often enough to ask.
    static STATE: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let mixed = STATE.fetch_add(STEP, Ordering::Relaxed);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ mixed >> 31) >> 63 == 1
}

fn leave(handle: &Handle, token: Token, detach: Detach<'_>) {
    // It fails only for a descriptor that was closed behind our back, which the system has
    // forgotten by itself.
    let _ = detach(&handle.shared.registrar);
    handle.shared.slots.remove(token);
}
