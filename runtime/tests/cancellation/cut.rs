//! Dropping a future half-way.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use plies::task::coop;
use plies::time::{Duration, Instant, sleep};

use crate::util::spawn_on_each;

/// The moment at which an operation is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Before its first poll.
    Unpolled,
    /// After a poll in which its task had no budget left.
    NoBudget,
    /// While it waits.
    Waiting,
    /// When what it waits for has happened and has woken it, before its next poll.
    Woken,
}

/// Runs the future that `test` makes with every cut on every runtime, as a task.
pub fn at_each_cut<F>(test: impl Fn(Cut) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    for cut in [Cut::Unpolled, Cut::NoBudget, Cut::Waiting, Cut::Woken] {
        println!("{cut:?}");
        spawn_on_each(|| test(cut));
    }
}

impl Cut {
    /// Begins `operation` and drops it at this moment, and lets what it waits for happen: before
    /// the drop for `Woken`, else after it. Then sees that nobody keeps its waker.
    ///
    /// An operation that does not have to wait is done in its first poll: what it returned is
    /// returned.
    pub async fn drop_midway<T>(
        self,
        operation: impl Future<Output = T>,
        happens: impl Future<Output = ()>,
    ) -> Option<T> {
        let relay = Relay::new();
        let mut operation = Box::pin(operation);
        let done = match self {
            Self::Unpolled => None,
            Self::NoBudget => relay.poll(operation.as_mut(), spend_budget).await,
            Self::Waiting | Self::Woken => relay.poll(operation.as_mut(), || ()).await,
        };
        if self == Self::Woken && done.is_none() {
            happens.await;
            relay.woken(1).await;
            drop(operation);
        } else {
            drop(operation);
            happens.await;
        }
        relay.forgotten().await;
        done
    }
}

/// Begins an operation again and again, and drops it in its first wait, in its second, and so on,
/// until it gets to its end. Returns what it returned, and in how many waits it was dropped.
pub async fn in_every_wait<F: Future>(mut begin: impl FnMut() -> F) -> (F::Output, usize) {
    let mut waits = 0;
    loop {
        let relay = Relay::new();
        let mut operation = Box::pin(begin());
        let mut waited = 0;
        let done = loop {
            match relay.poll(operation.as_mut(), || ()).await {
                Some(done) => break Some(done),
                None if waited == waits => break None,
                None => waited += 1,
            }
            relay.woken(waited).await;
        };
        drop(operation);
        relay.forgotten().await;
        match done {
            Some(done) => return (done, waits),
            None => waits += 1,
        }
    }
}

/// [`in_every_wait`] for what a blocking thread does, which may be done before the first look at
/// it: tries until there was a wait.
pub async fn in_every_wait_for_a_thread<F: Future>(mut begin: impl FnMut() -> F) -> F::Output {
    for _ in 0..1000 {
        let (output, waits) = in_every_wait(&mut begin).await;
        if waits > 0 {
            return output;
        }
    }
    panic!("it never had to wait");
}

/// Polls `operation`, which has to wait, drops it, and sees that its waker went with it.
pub async fn forgets_at_once<T>(operation: impl Future<Output = T>) {
    let relay = Relay::new();
    let mut operation = Box::pin(operation);
    let done = relay.poll(operation.as_mut(), || ()).await;
    assert!(done.is_none(), "it was to wait");
    drop(operation);
    assert_eq!(Arc::strong_count(&relay), 1, "its waker is kept");
}

fn spend_budget() {
    let mut cx = Context::from_waker(Waker::noop());
    while coop::has_budget_remaining() {
        if let Poll::Ready(unit) = coop::poll_proceed(&mut cx) {
            unit.made_progress();
        }
    }
}

/// The waker of an operation, which wakes the task that runs the test.
struct Relay {
    wakes: AtomicUsize,
    task: Mutex<Option<Waker>>,
}

impl Relay {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            wakes: AtomicUsize::new(0),
            task: Mutex::new(None),
        })
    }

    /// Polls `operation` once, after `first`.
    async fn poll<F: Future>(
        self: &Arc<Self>,
        mut operation: Pin<&mut F>,
        first: impl Fn(),
    ) -> Option<F::Output> {
        poll_fn(|_| {
            first();
            let waker = Waker::from(self.clone());
            match operation.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => Poll::Ready(None),
            }
        })
        .await
    }

    /// Waits until there were `count` wakes.
    async fn woken(&self, count: usize) {
        poll_fn(|cx| {
            *self.task.lock().unwrap() = Some(cx.waker().clone());
            if self.wakes.load(Ordering::SeqCst) >= count {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Waits until nobody has this waker any more: another thread may be about to wake it.
    async fn forgotten(self: &Arc<Self>) {
        let start = Instant::now();
        while Arc::strong_count(self) > 1 {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "the waker of a dropped operation is kept"
            );
            sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
        let task = self.task.lock().unwrap().take();
        if let Some(task) = task {
            task.wake();
        }
    }
}
