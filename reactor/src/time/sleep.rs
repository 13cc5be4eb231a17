//! `Sleep`: the future of a deadline.

use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use super::Deadline;
use super::clock::to_instant;
use super::entry::{Entry, Stage};
use super::timers::Armed;
use crate::context;
use crate::error::{NoReactor, TimerError};
use crate::handle::Handle;

/// A future that completes once its deadline has passed: never before, to the nanosecond.
///
/// It is armed by its first poll, on the reactor it was made with or else the current one of the
/// polling thread, and stays there until it fires or is dropped. Arming it allocates nothing.
///
/// Cancel safe: dropping it disarms it. Polled after it has completed, it is complete still, until
/// it is [`reset`](Sleep::reset).
///
/// # Panics
///
/// Awaiting it panics if there is no reactor to arm it on, or if that reactor is shut down before
/// the deadline; [`poll_elapsed`](Sleep::poll_elapsed) returns an error instead.
///
/// ```
/// use plies_reactor::{Reactor, Sleep};
/// use std::time::Duration;
///
/// let reactor = Reactor::new()?;
/// let deadline = reactor.handle().clock().deadline(Duration::from_millis(1));
/// reactor.block_on(Sleep::new(deadline))?;
/// assert!(reactor.handle().clock().now() >= deadline);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a sleep does nothing unless it is awaited"]
pub struct Sleep {
    /// The reactor it is armed on or will be; none: the current one at the first poll.
    home: Option<Handle>,
    entry: Entry,
    /// A wheel links the entry where it is.
    _pinned: PhantomPinned,
}

impl Sleep {
    /// A sleep until `deadline`, on the reactor that is current when it is first polled; one that
    /// [`Clock::after`](super::clock::Clock::after) made has to be of that reactor's clock.
    #[inline]
    pub fn new(deadline: impl Into<Deadline>) -> Self {
        Self::on(None, deadline.into())
    }

    /// A sleep until `deadline` on the reactor of `handle`.
    pub fn with_handle(deadline: impl Into<Deadline>, handle: &Handle) -> Self {
        Self::on(Some(handle.clone()), deadline.into())
    }

    #[inline]
    fn on(home: Option<Handle>, deadline: Deadline) -> Self {
        Self {
            home,
            entry: Entry::new(deadline.0),
            _pinned: PhantomPinned,
        }
    }

    /// When it completes.
    pub fn deadline(&self) -> Instant {
        // SAFETY: its owner asks.
        to_instant(unsafe { self.entry.deadline() })
    }

    /// Whether a poll has found, or would find, that the reactor fired it.
    pub fn is_elapsed(&self) -> bool {
        self.entry.stage() == Stage::Fired
    }

    /// Gives it another deadline, earlier or later, complete or not.
    ///
    /// An armed sleep stays armed on its reactor, and the last task that polled it is woken at
    /// the new deadline; one that is not armed waits for its next poll.
    pub fn reset(self: Pin<&mut Self>, deadline: impl Into<Deadline>) {
        // SAFETY: nothing is moved out; the entry stays in place.
        let this = unsafe { self.get_unchecked_mut() };
        let Deadline(deadline) = deadline.into();
        if this.entry.stage() == Stage::Armed
            && let Some(home) = &this.home
        {
            let entry = NonNull::from(&this.entry);
            // SAFETY: ours, and pinned, so it stays in place until `Drop` disarms it; armed on `home`.
            match unsafe { home.timers().rearm(entry, deadline) } {
                Some(Armed::WakeOwner) => return home.wake_sleeper(),
                Some(Armed::InTime) => return,
                None => {}
            }
        }
        this.entry.set_stage(Stage::Idle);
        // SAFETY: ours, and no longer in a wheel.
        unsafe { this.entry.set_deadline(deadline) };
    }

    /// Polls it, with an error where awaiting it would panic.
    ///
    /// # Errors
    ///
    /// [`TimerError::NoReactor`] if it needs a reactor and has none, [`TimerError::Gone`] if its
    /// reactor was shut down before the deadline.
    #[inline]
    pub fn poll_elapsed(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), TimerError>> {
        // SAFETY: nothing is moved out; the entry stays in place.
        let this = unsafe { self.get_unchecked_mut() };
        if this.entry.stage() == Stage::Idle {
            return this.arm(cx);
        }
        if this.entry.stage() == Stage::Armed {
            let home = this.home.as_ref().expect("an armed sleep has a home");
            // SAFETY: live, and armed on `home`.
            if unsafe {
                home.timers()
                    .set_waker(NonNull::from(&this.entry), cx.waker())
            } {
                return Poll::Pending;
            }
        }
        Poll::Ready(match this.entry.stage() {
            Stage::Gone => Err(TimerError::Gone(crate::error::ReactorGone)),
            _ => Ok(()),
        })
    }

    #[inline]
    fn arm(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TimerError>> {
        if self.home.is_none() {
            self.home = Some(context::current().ok_or(NoReactor)?);
        }
        let home = self.home.as_ref().expect("just set");
        // SAFETY: its owner asks.
        let deadline = unsafe { self.entry.deadline() };
        if home.timers().has_passed(deadline, home.clock()) {
            self.entry.set_stage(Stage::Fired);
            return Poll::Ready(Ok(()));
        }
        let entry = NonNull::from(&self.entry);
        // SAFETY: idle and pinned; `Drop` disarms it before it goes.
        match unsafe { home.timers().arm(entry, cx.waker().clone()) } {
            Ok(Armed::InTime) => {}
            Ok(Armed::WakeOwner) => home.wake_sleeper(),
            Err(gone) => return Poll::Ready(Err(gone.into())),
        }
        Poll::Pending
    }
}

impl Future for Sleep {
    type Output = ();

    #[track_caller]
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match ready!(self.poll_elapsed(cx)) {
            Ok(()) => Poll::Ready(()),
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for Sleep {
    #[inline]
    fn drop(&mut self) {
        let Some(home) = self.home.take() else { return };
        if self.entry.stage() == Stage::Armed {
            // SAFETY: live, and armed on `home`; the waker is dropped after the lock.
            drop(unsafe { home.timers().cancel(NonNull::from(&self.entry)) });
        }
        context::give_back(home);
    }
}
