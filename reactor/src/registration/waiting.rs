//! A future in the list of those who wait on a registration.

use std::future::Future;
use std::io;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

use super::Registration;
use super::readiness::Snapshot;
use super::waiters::Waiter;
use crate::interest::Interest;

/// Completes once something of `interest` is ready.
pub(crate) struct Waiting<'a> {
    registration: &'a Registration,
    interest: Interest,
    waiter: Waiter,
    /// The list links the waiter where it is.
    _pinned: PhantomPinned,
}

impl<'a> Waiting<'a> {
    pub(crate) fn new(registration: &'a Registration, interest: Interest) -> Self {
        Self {
            registration,
            interest,
            waiter: Waiter::new(interest),
            _pinned: PhantomPinned,
        }
    }
}

impl Future for Waiting<'_> {
    type Output = io::Result<Snapshot>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waiter = NonNull::from(&self.waiter);
        // SAFETY: pinned, and `Drop` takes it out before it goes.
        unsafe { self.registration.poll_waiter(cx, self.interest, waiter) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // SAFETY: live, and given to this registration only.
        unsafe { self.registration.forget(NonNull::from(&self.waiter)) };
    }
}
