//! Waiting for a moment.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::Instant;
use crate::context;
use crate::task::coop;

/// Waits for `duration`, counted from this call.
///
/// # Cancel safety
///
/// Dropping the future cancels the timer, and nothing else happens.
///
/// # Panics
///
/// When there is no current runtime: call it inside one, or hold the guard of
/// [`Handle::enter`](crate::runtime::Handle::enter). Awaiting panics when the runtime has been
/// shut down before the moment came.
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// use plies::time::{Duration, sleep};
///
/// sleep(Duration::from_millis(2)).await;
/// # }
/// ```
#[track_caller]
#[inline]
pub fn sleep(duration: Duration) -> Sleep {
    let deadline = context::require_with(|handle| handle.clock().after(duration));
    Sleep {
        timer: plies_reactor::Sleep::new(deadline),
    }
}

/// Waits until `deadline`; ready at once if it has passed.
///
/// # Cancel safety
///
/// Dropping the future cancels the timer, and nothing else happens.
///
/// # Panics
///
/// As [`sleep`].
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// use plies::time::{Duration, Instant, sleep_until};
///
/// let deadline = Instant::now() + Duration::from_millis(2);
/// sleep_until(deadline).await;
/// assert!(Instant::now() >= deadline);
/// # }
/// ```
#[track_caller]
#[inline]
pub fn sleep_until(deadline: Instant) -> Sleep {
    context::require_with(|_| ());
    Sleep {
        timer: plies_reactor::Sleep::new(deadline.into_std()),
    }
}

pin_project_lite::pin_project! {
    /// The future of [`sleep`] and [`sleep_until`].
    ///
    /// It joins the reactor of the worker that polls it first. After it was ready it can be
    /// [reset](Self::reset) and awaited again.
    #[derive(Debug)]
    #[must_use = "a sleep does nothing until it is awaited"]
    pub struct Sleep {
        #[pin]
        timer: plies_reactor::Sleep,
    }
}

impl Sleep {
    /// The moment it waits for.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        Instant::from_std(self.timer.deadline())
    }

    /// Whether the moment has come.
    #[must_use]
    pub fn is_elapsed(&self) -> bool {
        self.timer.is_elapsed()
    }

    /// Waits for another moment instead, earlier or later, whether or not it was ready.
    ///
    /// A task that awaits it stays the one that is woken.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use plies::time::{Duration, Instant, sleep};
    ///
    /// let mut sleep = std::pin::pin!(sleep(Duration::from_secs(3600)));
    /// sleep.as_mut().reset(Instant::now());
    /// sleep.await;
    /// # }
    /// ```
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.project().timer.reset(deadline.into_std());
    }

    /// Polls within the task's budget.
    #[inline]
    pub(crate) fn poll_elapsed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let budget = ready!(coop::poll_proceed(cx));
        ready!(self.project().timer.poll(cx));
        budget.made_progress();
        Poll::Ready(())
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_elapsed(cx)
    }
}
