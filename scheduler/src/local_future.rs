//! A future that is made, polled and dropped on one thread, in a task that any thread may queue.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};

/// A future that need not be `Send`, or for now what makes it: the first poll does, on its thread.
pub(crate) struct LocalFuture<M, F> {
    make: Option<M>,
    // Pinned in a box of its own, so that it can be leaked.
    made: Option<(ThreadId, Pin<Box<F>>)>,
}

// SAFETY: `make` is `Send`. `made` is filled by the thread whose identifier lies beside it, and
// `poll` and `drop` leave what is in it alone on any other thread.
unsafe impl<M: Send, F> Send for LocalFuture<M, F> {}

impl<M: FnOnce() -> F, F: Future> LocalFuture<M, F> {
    pub(crate) fn new(make: M) -> Self {
        LocalFuture {
            make: Some(make),
            made: None,
        }
    }
}

// The future is in a box, and `make` is only ever moved out.
impl<M, F> Unpin for LocalFuture<M, F> {}

impl<M: FnOnce() -> F, F: Future> Future for LocalFuture<M, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        if let Some(make) = this.make.take() {
            this.made = Some((thread::current().id(), Box::pin(make())));
        }
        match &mut this.made {
            Some((thread, future)) if *thread == thread::current().id() => future.as_mut().poll(cx),
            Some(_) => panic!(
                "a future that is not Send was made on one thread and polled on another: drive a \
                 CurrentThread from one thread only"
            ),
            None => panic!("a future was polled after what makes it had panicked"),
        }
    }
}

impl<M, F> Drop for LocalFuture<M, F> {
    fn drop(&mut self) {
        if let Some((thread, future)) = self.made.take()
            && thread != thread::current().id()
        {
            // On this thread it can be neither used nor dropped.
            std::mem::forget(future);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    struct PendingWith(Rc<Cell<u32>>);

    impl Future for PendingWith {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            self.0.set(self.0.get() + 1);
            Poll::Pending
        }
    }

    #[test]
    fn it_is_made_at_the_first_poll_and_dropped_with_its_task() {
        let polls = Rc::new(Cell::new(0));
        let held = polls.clone();
        let mut future = LocalFuture::new(move || PendingWith(held));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        for _ in 0..2 {
            assert!(Pin::new(&mut future).poll(&mut cx).is_pending());
        }
        drop(future);
        assert_eq!((Rc::strong_count(&polls), polls.get()), (1, 2));
    }
}
