//! Tasks that are not `Send`, inside of a future.

mod util;

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};

use plies_scheduler::{LocalTasks, block_on};
use util::YieldNow;

/// Runs the tasks until none is left.
async fn drive(tasks: &LocalTasks) {
    poll_fn(|cx| {
        tasks.begin_turn(cx.waker()).run();
        if tasks.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Counts its wakes.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counted() -> (Arc<Wakes>, Waker) {
    let wakes = Arc::new(Wakes::default());
    (wakes.clone(), Waker::from(wakes))
}

#[test]
fn they_share_what_is_not_send() {
    let tasks = LocalTasks::new();
    let sum = Rc::new(Cell::new(0));
    for number in 0..200 {
        let sum = sum.clone();
        tasks.spawn(None, async move {
            YieldNow::default().await;
            sum.set(sum.get() + number);
        });
    }
    assert_eq!(sum.get(), 0);
    block_on(drive(&tasks));
    assert_eq!(sum.get(), 199 * 200 / 2);
    assert_eq!(tasks.close(), 0);
}

#[test]
fn a_turn_is_bounded_and_asks_for_another() {
    let tasks = LocalTasks::new();
    let count = Rc::new(Cell::new(0));
    for _ in 0..100 {
        let count = count.clone();
        tasks.spawn(None, async move { count.set(count.get() + 1) });
    }
    let (wakes, waker) = counted();
    tasks.begin_turn(&waker).run();
    assert_eq!((count.get(), wakes.0.load(Ordering::SeqCst)), (61, 1));
    tasks.begin_turn(&waker).run();
    assert_eq!((count.get(), wakes.0.load(Ordering::SeqCst)), (100, 1));
    tasks.close();
}

#[test]
fn a_wake_from_another_thread_wakes_who_polls_them() {
    let tasks = LocalTasks::new();
    let mut theirs = None;
    let (sender, receiver) = std::sync::mpsc::channel();
    let task = tasks.spawn(
        None,
        poll_fn(move |cx| match theirs.take() {
            None => {
                theirs = Some(());
                sender.send(cx.waker().clone()).unwrap();
                Poll::Pending
            }
            Some(()) => Poll::Ready(7),
        }),
    );
    let other = std::thread::spawn(move || {
        receiver.recv().unwrap().wake();
    });
    block_on(drive(&tasks));
    other.join().unwrap();
    assert_eq!(block_on(task).unwrap(), 7);
    tasks.close();
}

#[test]
fn closing_drops_those_that_wait_and_those_that_never_ran() {
    let tasks = LocalTasks::new();
    let witness = Rc::new(());
    let (first, second) = (witness.clone(), witness.clone());
    let waiting = tasks.spawn(Some("waits"), async move {
        let _first = first;
        pending::<()>().await;
    });
    let (_, waker) = counted();
    tasks.begin_turn(&waker).run();
    let fresh = tasks.spawn(None, async move { drop(second) });
    assert_eq!(tasks.close(), 2);
    assert_eq!(Rc::strong_count(&witness), 1);
    let late = tasks.spawn(None, async {});
    for task in [waiting, fresh, late] {
        assert!(block_on(task).unwrap_err().is_cancelled());
    }
}

#[test]
fn a_panic_ends_its_task_only_unless_it_is_to_end_all() {
    let tasks = LocalTasks::new();
    let guilty = tasks.spawn(None, async { panic!("guilty") });
    let other = tasks.spawn(None, async { 7 });
    block_on(drive(&tasks));
    assert!(block_on(guilty).unwrap_err().is_panic());
    assert_eq!(block_on(other).unwrap(), 7);

    tasks.shutdown_on_panic(true);
    let waiting = tasks.spawn(None, pending::<()>());
    tasks.spawn(None, async { panic!("guilty") });
    for _ in 0..2 {
        let driven = catch_unwind(AssertUnwindSafe(|| block_on(drive(&tasks))));
        let text = *driven.unwrap_err().downcast::<&str>().unwrap();
        assert!(text.contains("a task panicked"), "{text}");
    }
    assert!(block_on(waiting).unwrap_err().is_cancelled());
    assert_eq!(tasks.close(), 0);
}
