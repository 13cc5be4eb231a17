//! The workloads on async-task.

use super::cells::{Local, Shared, Stored, forever_storing, yielding};
use async_task::{Runnable, Task, spawn};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

thread_local! {
    static READY: Local<Runnable> = const { RefCell::new(VecDeque::new()) };
}

fn of_thread(task: Runnable) {
    READY.with(|ready| ready.borrow_mut().push_back(task));
}

fn run_one() {
    let task = READY.with(|ready| ready.borrow_mut().pop_front());
    task.expect("a task is ready").run();
}

fn poll<T>(task: &mut Task<T>) -> Poll<T> {
    Pin::new(task).poll(&mut Context::from_waker(Waker::noop()))
}

pub fn spawn_run_join(times: u64) {
    for n in 0..times {
        let (runnable, mut task) = spawn(async move { n }, of_thread);
        runnable.schedule();
        run_one();
        assert!(matches!(poll(&mut task), Poll::Ready(value) if value == n));
    }
}

pub fn spawn_run_detached(times: u64) {
    for n in 0..times {
        let (runnable, task) = spawn(async move { n }, of_thread);
        task.detach();
        runnable.schedule();
        run_one();
    }
}

pub fn spawn_wait_join(times: u64) {
    for n in 0..times {
        let (runnable, mut task) = spawn(async move { n }, of_thread);
        runnable.schedule();
        assert!(poll(&mut task).is_pending());
        run_one();
        assert!(matches!(poll(&mut task), Poll::Ready(value) if value == n));
    }
}

pub fn spawn_cancel_join(times: u64) {
    for n in 0..times {
        let (runnable, task) = spawn(async move { n }, of_thread);
        runnable.schedule();
        let mut cancelled = std::pin::pin!(task.cancel());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(cancelled.as_mut().poll(&mut cx).is_pending());
        run_one();
        assert!(matches!(
            cancelled.as_mut().poll(&mut cx),
            Poll::Ready(None)
        ));
    }
}

pub fn wake_by_ref(times: u64) {
    let (runnable, _task) = spawn(std::future::pending::<()>(), of_thread);
    let waker = runnable.waker();
    runnable.run();
    for _ in 0..times {
        waker.wake_by_ref();
        run_one();
    }
}

pub fn wake_stored(times: u64) {
    let stored = Stored::default();
    let (runnable, _task) = spawn(forever_storing(stored.clone()), of_thread);
    runnable.run();
    for _ in 0..times {
        stored.take().wake();
        run_one();
    }
}

pub fn wake_stored_shared(times: u64) {
    let (stored, queue) = (Stored::default(), Shared::<Runnable>::default());
    let shared = queue.clone();
    let (runnable, _task) = spawn(forever_storing(stored.clone()), move |task| {
        shared.lock().unwrap().push_back(task)
    });
    runnable.run();
    for _ in 0..times {
        stored.take().wake();
        let task = queue.lock().unwrap().pop_front();
        task.expect("a task is ready").run();
    }
}

pub fn yields(times: u64) {
    let (runnable, _task) = spawn(yielding(), of_thread);
    runnable.run();
    for _ in 0..times {
        run_one();
    }
}
