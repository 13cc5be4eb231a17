//! Waiting for a future on a thread that runs no worker.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::{Driver, ThreadParker, coop};

/// Runs `future` to its end on this thread, which sleeps while the future waits.
///
/// It drives nothing else: tasks need workers of their own. It may be called anywhere, also inside
/// a task, where it blocks the worker meanwhile.
///
/// # Examples
///
/// ```
/// assert_eq!(plies_scheduler::block_on(async { 1 + 1 }), 2);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    with_parker(|parker, waker| {
        let mut cx = Context::from_waker(waker);
        loop {
            // Inside a task the budget is the task's, and nobody would reset it here.
            let poll = coop::with_budget(coop::UNLIMITED, || future.as_mut().poll(&mut cx));
            match poll {
                Poll::Ready(output) => return output,
                Poll::Pending => parker.wait(None),
            }
        }
    })
}

/// A parked thread as a waker.
pub(crate) struct Parked(ThreadParker);

impl Parked {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Parked(ThreadParker::new()))
    }

    pub(crate) fn park(&self) {
        self.0.wait(None);
    }

    pub(crate) fn unpark(&self) {
        self.0.unpark();
    }
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Calls `f` with this thread's parker; a nested call gets a fresh one.
fn with_parker<R>(f: impl FnOnce(&ThreadParker, &Waker) -> R) -> R {
    plies_shim::thread_local! {
        static SPARE: RefCell<Option<(Arc<Parked>, Waker)>> = const { RefCell::new(None) };
    }
    let spare = SPARE.try_with(|spare| spare.take()).ok().flatten();
    let (parker, waker) = spare.unwrap_or_else(|| {
        let parker = Parked::new();
        (parker.clone(), Waker::from(parker))
    });
    let result = f(&parker.0, &waker);
    // While the thread ends its locals are gone: then there is nothing to keep it for.
    let _ = SPARE.try_with(|spare| spare.replace(Some((parker, waker))));
    result
}
