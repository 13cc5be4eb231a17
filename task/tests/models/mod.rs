//! What the models share: a scheduler and futures over the shim's types.

pub mod abort;
pub mod join;
pub mod references;
pub mod registry;
pub mod wake;

pub use plies_shim::model::together;
use plies_shim::sync::atomic::{AtomicBool, Ordering};
use plies_shim::sync::{Arc, Mutex};
pub use plies_task::mutants::Mutant;
use plies_task::{Cause, JoinHandle, Outcome, Registry, Runnable, Schedule};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool as RealBool, AtomicUsize as RealUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

/// [`plies_shim::both_orders!`] with this crate's planted bugs.
macro_rules! both_orders {
    ($($model:tt)*) => { plies_shim::both_orders!($crate::models::Mutant: $($model)*) };
}
pub(crate) use both_orders;

/// A scheduler that queues. Its lock is the only synchronisation it adds.
///
/// It notices when it is dropped while it is scheduling, which the task must prevent.
pub struct Queue {
    shared: Arc<Shared>,
    dropped: std::sync::Arc<RealBool>,
}

pub struct Shared {
    ready: Mutex<VecDeque<Runnable>>,
    scheduled: RealUsize,
    registry: Option<Registry>,
}

impl Queue {
    pub fn new() -> Self {
        Self::with(None)
    }

    pub fn with_registry() -> Self {
        Self::with(Some(Registry::with_shards(1)))
    }

    fn with(registry: Option<Registry>) -> Self {
        let shared = Shared {
            ready: Mutex::default(),
            scheduled: RealUsize::new(0),
            registry,
        };
        Self {
            shared: Arc::new(shared),
            dropped: Default::default(),
        }
    }

    pub fn pop(&self) -> Option<Runnable> {
        self.shared.ready.lock().pop_front()
    }

    /// Runs what is ready, until nothing is; returns how many times something ran.
    pub fn drain(&self) -> usize {
        std::iter::from_fn(|| self.pop().map(Runnable::run)).count()
    }

    /// How many times a task was scheduled.
    pub fn scheduled(&self) -> usize {
        self.shared.scheduled.load(SeqCst)
    }

    pub fn registry(&self) -> &Registry {
        self.shared.registry.as_ref().unwrap()
    }

    /// Everything has ended: no task is ready, and every cell has been freed.
    #[track_caller]
    pub fn assert_unused(self) {
        assert!(self.pop().is_none(), "a task is still queued");
        assert_eq!(Arc::strong_count(&self.shared), 1, "a cell leaked");
    }
}

impl Clone for Queue {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            dropped: Default::default(),
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.dropped.store(true, SeqCst);
    }
}

impl Schedule for Queue {
    fn schedule(&self, task: Runnable, _cause: Cause) {
        let dropped = self.dropped.clone();
        let shared = self.shared.clone();
        shared.scheduled.fetch_add(1, SeqCst);
        shared.ready.lock().push_back(task);
        // Another thread may run, end and free the task from here on.
        drop(shared.ready.lock());
        assert!(
            !dropped.load(SeqCst),
            "the scheduler was dropped while it scheduled"
        );
    }

    fn registry(&self) -> Option<&Registry> {
        self.shared.registry.as_ref()
    }
}

/// A flag that is set once, with no ordering of its own: only the task's can publish it.
#[derive(Clone)]
pub struct Flag(Arc<AtomicBool>);

impl Flag {
    pub fn new() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts events, unseen by the model checker.
#[derive(Clone, Default)]
pub struct Count(std::sync::Arc<RealUsize>);

impl Count {
    pub fn get(&self) -> usize {
        self.0.load(SeqCst)
    }

    /// How many values and wakers count here, this one included.
    pub fn handles(&self) -> usize {
        std::sync::Arc::strong_count(&self.0)
    }

    /// A value that counts here when it is dropped.
    pub fn on_drop(&self) -> OnDrop {
        OnDrop(self.clone())
    }

    /// A waker that counts its wakes here.
    pub fn waker(&self) -> Waker {
        std::sync::Arc::new(self.clone()).into()
    }
}

impl Wake for Count {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

pub struct OnDrop(Count);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, SeqCst);
    }
}

/// Returns once the flag is set. Registers no waker: whoever sets the flag has one.
pub async fn until(flag: Flag, polls: Count, dropped: OnDrop) -> OnDrop {
    std::future::poll_fn(|_| {
        polls.0.fetch_add(1, SeqCst);
        match flag.is_set() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    dropped
}

/// A task that waits for its flag, just spawned, with all that belongs to it.
pub struct Waiting {
    pub queue: Queue,
    pub flag: Flag,
    pub polls: Count,
    pub drops: Count,
    pub runnable: Runnable,
    pub handle: JoinHandle<OnDrop>,
    pub waker: Waker,
}

impl Waiting {
    pub fn spawned(queue: Queue) -> Self {
        let (flag, polls, drops) = (Flag::new(), Count::default(), Count::default());
        let future = until(flag.clone(), polls.clone(), drops.on_drop());
        let (runnable, handle) = plies_task::spawn(future, queue.clone());
        let waker = runnable.waker();
        Self {
            queue,
            flag,
            polls,
            drops,
            runnable,
            handle,
            waker,
        }
    }

    /// After a first poll it has been woken, with its flag set, and is queued to complete.
    pub fn about_to_complete(queue: Queue) -> (Queue, Count) {
        let this = Self::spawned(queue);
        first_poll(this.runnable);
        this.flag.set();
        this.waker.wake();
        this.handle.detach();
        (this.queue, this.drops)
    }
}

/// Whatever is ready runs, and with that the task has ended: its future was dropped once, and its
/// cell is freed.
#[track_caller]
pub fn end<T>(queue: Queue, handle: JoinHandle<T>, drops: &Count) {
    queue.drain();
    assert!(handle.is_finished(), "a wake or an abort is lost");
    drop(handle);
    assert_eq!(drops.get(), 1, "the future is not dropped once");
    queue.assert_unused();
}

/// Never returns, and counts its drop.
pub async fn forever(dropped: OnDrop) {
    let _dropped = dropped;
    std::future::pending::<()>().await;
}

/// Polls a handle once.
pub fn poll<T>(
    handle: &mut JoinHandle<T>,
    waker: &Waker,
) -> Poll<Result<T, plies_task::JoinError>> {
    Pin::new(handle).poll(&mut Context::from_waker(waker))
}

/// Runs a fresh task's first poll, which must leave it pending.
pub fn first_poll(runnable: Runnable) {
    assert_eq!(runnable.run(), Outcome::Pending);
}
