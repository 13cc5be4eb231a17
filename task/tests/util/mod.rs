//! What the test files share: a scheduler that queues, and values that count their drops.
#![allow(dead_code)]

use plies_task::{Cause, Registry, Runnable, Schedule};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// A scheduler that keeps what it is given, for the test to run.
///
/// The first one owns the queue, and drops what is in it when it goes; its clones are for tasks.
#[derive(Default)]
pub struct Queue {
    inner: Arc<Inner>,
    is_task_owned: bool,
}

#[derive(Default)]
struct Inner {
    ready: Mutex<VecDeque<(Runnable, Cause)>>,
    closed: AtomicBool,
    scheduled: AtomicUsize,
    registry: Option<Registry>,
}

impl Clone for Queue {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            is_task_owned: true,
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if !self.is_task_owned {
            self.inner.closed.store(true, Ordering::SeqCst);
            while self.try_pop().is_some() {}
        }
    }
}

impl Queue {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with_registry() -> Self {
        let registry = Some(Registry::with_shards(2));
        Self {
            inner: Arc::new(Inner {
                registry,
                ..Inner::default()
            }),
            is_task_owned: false,
        }
    }

    pub fn registry(&self) -> &Registry {
        self.inner.registry.as_ref().expect("made with a registry")
    }

    /// The next ready task.
    pub fn pop(&self) -> Runnable {
        self.try_pop().expect("no task is ready").0
    }

    pub fn try_pop(&self) -> Option<(Runnable, Cause)> {
        self.inner.ready.lock().unwrap().pop_front()
    }

    pub fn len(&self) -> usize {
        self.inner.ready.lock().unwrap().len()
    }

    /// How many times a task was scheduled.
    pub fn scheduled(&self) -> usize {
        self.inner.scheduled.load(Ordering::SeqCst)
    }

    /// References to this queue, its own and those of tasks.
    pub fn references(&self) -> usize {
        Arc::strong_count(&self.inner)
    }
}

impl Schedule for Queue {
    fn schedule(&self, task: Runnable, cause: Cause) {
        self.inner.scheduled.fetch_add(1, Ordering::SeqCst);
        if !self.inner.closed.load(Ordering::SeqCst) {
            self.inner.ready.lock().unwrap().push_back((task, cause));
        }
    }

    fn registry(&self) -> Option<&Registry> {
        self.inner.registry.as_ref()
    }
}

/// Counts events.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicUsize>);

impl Counter {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// A value that counts here when it is dropped.
    pub fn on_drop(&self) -> OnDrop {
        OnDrop(self.clone())
    }

    /// A waker that counts its wakes here.
    pub fn waker(&self) -> Waker {
        Arc::new(self.clone()).into()
    }
}

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.add();
    }
}

pub struct OnDrop(Counter);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.add();
    }
}

/// A future that counts its polls and its drop, and hands out its waker.
#[derive(Default)]
pub struct Probe {
    pub polls: Counter,
    pub drops: Counter,
    pub waker: Arc<Mutex<Option<Waker>>>,
    /// Returns ready once it has been polled this often; never if zero.
    pub ready_at: usize,
}

impl Probe {
    pub fn pending() -> Self {
        Self::default()
    }

    pub fn ready_at(polls: usize) -> Self {
        let (polls_count, drops, waker) = Default::default();
        Self {
            polls: polls_count,
            drops,
            waker,
            ready_at: polls,
        }
    }

    /// The future, and what it counts in.
    pub fn future(&self) -> impl Future<Output = usize> + Send + use<> {
        let (polls, waker) = (self.polls.clone(), self.waker.clone());
        let (dropped, ready_at) = (self.drops.on_drop(), self.ready_at);
        std::future::poll_fn(move |cx| {
            let _owned = &dropped;
            polls.add();
            *waker.lock().unwrap() = Some(cx.waker().clone());
            match polls.get() == ready_at {
                true => Poll::Ready(ready_at),
                false => Poll::Pending,
            }
        })
    }

    /// Takes the waker of the last poll.
    pub fn take_waker(&self) -> Waker {
        self.waker
            .lock()
            .unwrap()
            .take()
            .expect("it has not been polled")
    }
}

impl Drop for Probe {
    /// The waker may be all that keeps its own task.
    fn drop(&mut self) {
        let waker = self.waker.lock().unwrap().take();
        drop(waker);
    }
}

/// Polls once.
pub fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls once, for a value that must be there.
pub fn now<F: Future + Unpin>(future: &mut F) -> F::Output {
    match poll(future, Waker::noop()) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it is not ready"),
    }
}

/// Does `body` panic, and with what text?
pub fn panic_message(body: impl FnOnce()) -> Option<String> {
    let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).err()?;
    let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .or(Some("?".into()))
}

/// A wake that consumes a waker, of its own.
pub fn wake_a_clone(waker: &Waker) {
    let clone = waker.clone();
    clone.wake();
}
