//! Futures bound to a thread, and futures that borrow.
#![cfg(feature = "std")]

mod util;

use plies_task::{Builder, Outcome};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use util::{Counter, Queue, now, panic_message};

/// Not `Send`, counts its drop, and owns no memory: leaking it leaks nothing.
struct Guard(&'static AtomicUsize, PhantomData<*const ()>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_local_future_runs_on_its_own_thread() {
    let value = Rc::new(5);
    let (runnable, mut handle) = Builder::new().spawn_local(async move { value }, Queue::new());
    assert_eq!(runnable.run(), Outcome::Complete);
    assert_eq!(*now(&mut handle).unwrap(), 5);
}

#[test]
fn running_a_local_task_elsewhere_panics_there_and_cancels_it() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    let (queue, guard) = (Queue::new(), Guard(&DROPS, PhantomData));
    let (runnable, mut handle) = Builder::new().spawn_local(
        async move {
            let _guard = guard;
        },
        queue.clone(),
    );
    let message = elsewhere(|| {
        runnable.run();
    });
    assert!(
        message
            .unwrap()
            .contains("schedule such tasks to their own thread")
    );
    assert_eq!(DROPS.load(Ordering::SeqCst), 0, "the future is leaked");
    assert!(now(&mut handle).unwrap_err().is_cancelled());
    drop(handle);
    assert_eq!(queue.references(), 1);
}

#[test]
fn dropping_a_local_task_elsewhere_panics_there_and_cancels_it() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    let guard = Guard(&DROPS, PhantomData);
    let (runnable, mut handle) = Builder::new().spawn_local(
        async move {
            let _guard = guard;
        },
        Queue::new(),
    );
    let message = elsewhere(|| drop(runnable));
    assert!(
        message
            .unwrap()
            .contains("`spawn_local` is run or dropped on another thread")
    );
    assert!(now(&mut handle).unwrap_err().is_cancelled());
}

#[test]
fn dropping_a_local_task_elsewhere_while_panicking_does_not_abort() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    let guard = Guard(&DROPS, PhantomData);
    let future = async move { drop(guard) };
    let (runnable, mut handle) = Builder::new().spawn_local(future, Queue::new());
    let message = elsewhere(|| {
        let _runnable = runnable;
        panic!("first");
    });
    assert_eq!(message.unwrap(), "first");
    assert!(now(&mut handle).unwrap_err().is_cancelled());
}

#[test]
fn a_local_task_is_woken_from_anywhere_and_dropped_at_home() {
    let (queue, drops) = (Queue::new(), Counter::new());
    let guard = (Rc::new(()), drops.on_drop());
    let (runnable, handle) = Builder::new().spawn_local(
        async move {
            let _guard = guard;
            std::future::pending::<()>().await
        },
        queue.clone(),
    );
    let (waker, last) = (runnable.waker(), runnable.waker());
    assert_eq!(runnable.run(), Outcome::Pending);
    handle.detach();
    assert_eq!(elsewhere(|| waker.wake()), None);
    assert_eq!(queue.pop().run(), Outcome::Pending);
    assert_eq!(elsewhere(|| drop(last)), None);
    assert_eq!(drops.get(), 0);
    assert_eq!(queue.pop().run(), Outcome::Cancelled);
    assert_eq!(drops.get(), 1);
}

#[test]
fn an_unchecked_future_may_borrow() {
    let mut total = 0;
    let (runnable, handle) = {
        let total = &mut total;
        // SAFETY: the task completes below, before `total` goes; it stays on this thread.
        unsafe { Builder::new().spawn_unchecked(async move { *total += 1 }, Queue::new()) }
    };
    assert_eq!(runnable.run(), Outcome::Complete);
    drop(handle);
    assert_eq!(total, 1);
}

/// Does `work` on another thread; returns what it panicked with.
fn elsewhere(work: impl FnOnce() + Send) -> Option<String> {
    std::thread::scope(|scope| scope.spawn(|| panic_message(work)).join().unwrap())
}
