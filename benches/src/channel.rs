//! A light bounded channel, so that what is measured around it is the runtime: one lock, one ring,
//! one waker a side.
//!
//! Each channel has its cache lines for itself, and its ring most of its own. Allocated one after the
//! other as they are, two pairs' channels would otherwise share some, and pairs that have nothing to do
//! with each other would slow each other down across the cores, under every runtime alike.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use crossbeam_utils::CachePadded;

struct Shared<T> {
    queue: VecDeque<T>,
    capacity: usize,
    sender: Option<Waker>,
    receiver: Option<Waker>,
}

/// One of the two ends; a single task uses each.
pub struct End<T>(Arc<CachePadded<Mutex<Shared<T>>>>);

/// Room in the shortest ring: of numbers, four cache lines.
const SHORTEST: usize = 32;

/// The sending and the receiving end of a channel that holds `capacity` messages.
pub fn bounded<T>(capacity: usize) -> (End<T>, End<T>) {
    let shared = Mutex::new(Shared {
        queue: VecDeque::with_capacity(capacity.max(SHORTEST)),
        capacity,
        sender: None,
        receiver: None,
    });
    let shared = Arc::new(CachePadded::new(shared));
    (End(shared.clone()), End(shared))
}

impl<T> End<T> {
    pub async fn send(&self, message: T) {
        let mut message = Some(message);
        poll_fn(|cx| {
            let mut shared = self.0.lock().unwrap();
            if shared.queue.len() == shared.capacity {
                shared.sender = Some(cx.waker().clone());
                return Poll::Pending;
            }
            shared.queue.extend(message.take());
            let waker = shared.receiver.take();
            drop(shared);
            if let Some(waker) = waker {
                waker.wake();
            }
            Poll::Ready(())
        })
        .await;
    }

    pub async fn receive(&self) -> T {
        poll_fn(|cx| {
            let mut shared = self.0.lock().unwrap();
            let Some(message) = shared.queue.pop_front() else {
                shared.receiver = Some(cx.waker().clone());
                return Poll::Pending;
            };
            let waker = shared.sender.take();
            drop(shared);
            if let Some(waker) = waker {
                waker.wake();
            }
            Poll::Ready(message)
        })
        .await
    }
}
