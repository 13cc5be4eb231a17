//! What the peers share: queues, a place for a waker, and futures.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// A queue of the thread.
pub type Local<T> = RefCell<VecDeque<T>>;

/// A queue that threads could share.
pub type Shared<T> = Arc<Mutex<VecDeque<T>>>;

/// Where a future leaves its waker.
#[derive(Clone, Default)]
pub struct Stored(Arc<Mutex<Option<Waker>>>);

impl Stored {
    pub fn put(&self, waker: Waker) {
        *self.0.lock().unwrap() = Some(waker);
    }

    pub fn take(&self) -> Waker {
        self.0
            .lock()
            .unwrap()
            .take()
            .expect("the future has been polled")
    }
}

/// Leaves its waker at each poll, and never ends.
pub fn forever_storing(stored: Stored) -> impl Future<Output = ()> + Send + 'static {
    std::future::poll_fn(move |cx| {
        stored.put(cx.waker().clone());
        Poll::Pending
    })
}

/// Wakes itself at each poll, and never ends.
pub fn yielding() -> impl Future<Output = ()> + Send + 'static {
    std::future::poll_fn(move |cx| {
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}
