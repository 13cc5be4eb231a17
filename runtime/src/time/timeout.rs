//! A bound on how long a future may take.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Instant, Sleep, sleep, sleep_until};
use crate::task::coop;

/// Bounds `future` by `duration`, counted from this call.
///
/// The result is the future's output, or [`Elapsed`] if the time ran out first; the future is
/// then dropped with the `Timeout`. A future that is ready when the time runs out still wins.
///
/// # Cancel safety
///
/// Dropping a `Timeout` drops the future in it, and nothing else happens.
///
/// # Panics
///
/// When there is no current runtime: call it inside one, or hold the guard of
/// [`Handle::enter`](crate::runtime::Handle::enter).
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// use plies::time::{Duration, timeout};
///
/// let never = std::future::pending::<()>();
/// assert!(timeout(Duration::from_millis(1), never).await.is_err());
/// assert_eq!(timeout(Duration::from_secs(60), async { 7 }).await, Ok(7));
/// # }
/// ```
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        value: future.into_future(),
        delay: sleep(duration),
    }
}

/// Bounds `future` by a moment; otherwise as [`timeout`].
///
/// # Panics
///
/// When there is no current runtime, as [`timeout`].
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// use plies::time::{Instant, timeout_at};
///
/// let never = std::future::pending::<()>();
/// assert!(timeout_at(Instant::now(), never).await.is_err());
/// # }
/// ```
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        value: future.into_future(),
        delay: sleep_until(deadline),
    }
}

pin_project_lite::pin_project! {
    /// The future of [`timeout`] and [`timeout_at`].
    #[must_use = "a timeout does nothing until it is awaited"]
    #[derive(Debug)]
    pub struct Timeout<T> {
        #[pin]
        value: T,
        #[pin]
        delay: Sleep,
    }
}

impl<T> Timeout<T> {
    /// The future inside.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The future inside, to change it.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The future inside, free of its bound.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: Future> Future for Timeout<T> {
    type Output = Result<T::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let had_budget = coop::has_budget_remaining();
        if let Poll::Ready(value) = this.value.poll(cx) {
            return Poll::Ready(Ok(value));
        }
        // A future that always spends the whole budget must not keep its own bound from firing.
        let spent_by_value = had_budget && !coop::has_budget_remaining();
        let elapsed = if spent_by_value {
            pin!(coop::unconstrained(this.delay)).poll(cx)
        } else {
            this.delay.poll(cx)
        };
        elapsed.map(|()| Err(Elapsed(())))
    }
}

/// The time of a [`timeout`] ran out before its future was ready.
#[derive(Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time ran out before the future was ready")
    }
}

impl std::error::Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(io::ErrorKind::TimedOut, elapsed)
    }
}
