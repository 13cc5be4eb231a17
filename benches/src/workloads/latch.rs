//! A count that a task awaits.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use futures::task::AtomicWaker;

/// Opens when it has been counted down to nought.
#[derive(Clone)]
pub struct Latch(Arc<(AtomicU64, AtomicWaker)>);

impl Latch {
    pub fn new(count: u64) -> Self {
        Self(Arc::new((AtomicU64::new(count), AtomicWaker::new())))
    }

    pub fn count_down(&self) {
        if self.0.0.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.1.wake();
        }
    }

    pub async fn wait(&self) {
        poll_fn(|cx| {
            self.0.1.register(cx.waker());
            match self.0.0.load(Ordering::Acquire) {
                0 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
    }
}
