//! The workloads on plies-task.

use super::cells::{Local, Shared, Stored, forever_storing, yielding};
use plies_task::{Builder, Cause, JoinHandle, Runnable, Schedule, spawn};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

thread_local! {
    static READY: Local<Runnable> = const { RefCell::new(VecDeque::new()) };
}

/// A scheduler without a value of its own: the thread's queue.
#[derive(Clone, Copy)]
struct OfThread;

impl Schedule for OfThread {
    fn schedule(&self, task: Runnable, _cause: Cause) {
        READY.with(|ready| ready.borrow_mut().push_back(task));
    }
}

fn run_one() {
    let task = READY.with(|ready| ready.borrow_mut().pop_front());
    task.expect("a task is ready").run();
}

/// A scheduler that is a counted reference.
#[derive(Clone)]
struct Counted(Shared<Runnable>);

impl Schedule for Counted {
    fn schedule(&self, task: Runnable, _cause: Cause) {
        self.0.lock().unwrap().push_back(task);
    }
}

fn poll<T>(handle: &mut JoinHandle<T>) -> Poll<Result<T, plies_task::JoinError>> {
    Pin::new(handle).poll(&mut Context::from_waker(Waker::noop()))
}

pub fn spawn_run_join(times: u64) {
    for n in 0..times {
        let (task, mut handle) = spawn(async move { n }, OfThread);
        task.schedule();
        run_one();
        assert!(matches!(poll(&mut handle), Poll::Ready(Ok(value)) if value == n));
    }
}

pub fn spawn_run_detached(times: u64) {
    for n in 0..times {
        let (task, handle) = spawn(async move { n }, OfThread);
        handle.detach();
        task.schedule();
        run_one();
    }
}

pub fn spawn_wait_join(times: u64) {
    for n in 0..times {
        let (task, mut handle) = spawn(async move { n }, OfThread);
        task.schedule();
        assert!(poll(&mut handle).is_pending());
        run_one();
        assert!(matches!(poll(&mut handle), Poll::Ready(Ok(value)) if value == n));
    }
}

pub fn spawn_cancel_join(times: u64) {
    for n in 0..times {
        let (task, mut handle) = spawn(async move { n }, OfThread);
        task.schedule();
        handle.abort();
        run_one();
        assert!(matches!(poll(&mut handle), Poll::Ready(Err(_))));
    }
}

pub fn wake_by_ref(times: u64) {
    let (task, _handle) = spawn(std::future::pending::<()>(), OfThread);
    let waker = task.waker();
    task.run();
    for _ in 0..times {
        waker.wake_by_ref();
        run_one();
    }
}

pub fn wake_stored(times: u64) {
    let stored = Stored::default();
    let (task, _handle) = spawn(forever_storing(stored.clone()), OfThread);
    task.run();
    for _ in 0..times {
        stored.take().wake();
        run_one();
    }
}

pub fn wake_stored_shared(times: u64) {
    let (stored, queue) = (Stored::default(), Shared::default());
    let (task, _handle) =
        Builder::new().spawn(forever_storing(stored.clone()), Counted(queue.clone()));
    task.run();
    for _ in 0..times {
        stored.take().wake();
        let task = queue.lock().unwrap().pop_front();
        task.expect("a task is ready").run();
    }
}

pub fn yields(times: u64) {
    let (task, _handle) = spawn(yielding(), OfThread);
    task.run();
    for _ in 0..times {
        run_one();
    }
}
