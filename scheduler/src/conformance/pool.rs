//! A pool that runs on the scheduler.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use super::world;
use super::{Check, Violation};
use crate::random::Random;
use crate::{Handle, JoinHandle, Scheduler, TaskBuilder, ThreadPool, block_on};

const WORKERS: usize = 3;
const TASKS: usize = 300;
const YIELDS: usize = 20;

/// A pool that has lost a task never ends: after this, it counts as having lost one.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn check<S: Scheduler>(make: impl Fn() -> S) -> Result<(), Violation> {
    let violation = |detail: String| Err(Violation::new(Check::Pool, detail));
    let pool = match ThreadPool::builder()
        .workers(WORKERS)
        .scheduler(make())
        .build()
    {
        Ok(pool) => pool,
        Err(error) => return violation(format!("the pool does not start: {error}")),
    };
    let (done, finished) = mpsc::channel();
    let runner = thread::spawn(move || {
        let tally = Arc::new(Tally::default());
        run_tasks(pool.handle(), &tally);
        shut_down(pool, &tally);
        let _ = done.send(());
        tally
    });
    if finished.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
        return violation(format!("{TASKS} tasks are not done within {PATIENCE:?}"));
    }
    let tally = match runner.join() {
        Ok(tally) => tally,
        Err(_) => return violation("the pool panicked, see above".into()),
    };
    let (overlaps, dropped) = (
        tally.overlaps.load(Ordering::SeqCst),
        tally.dropped.load(Ordering::SeqCst),
    );
    if overlaps != 0 {
        return violation(format!(
            "{overlaps} polls overlapped another one of the same task"
        ));
    }
    if dropped != 2 * TASKS {
        return violation(format!("{dropped} of {} futures were dropped", 2 * TASKS));
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    overlaps: AtomicUsize,
    dropped: AtomicUsize,
}

/// Yields a number of times, and tells when two workers poll it at once.
struct Yields {
    left: usize,
    polled: AtomicBool,
    tally: Arc<Tally>,
}

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.polled.swap(true, Ordering::SeqCst) {
            self.tally.overlaps.fetch_add(1, Ordering::SeqCst);
        }
        let done = self.left == 0;
        self.left = self.left.saturating_sub(1);
        self.polled.store(false, Ordering::SeqCst);
        if done {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Yields {
    fn drop(&mut self) {
        self.tally.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

fn yields(left: usize, tally: &Arc<Tally>) -> Yields {
    Yields {
        left,
        polled: AtomicBool::new(false),
        tally: tally.clone(),
    }
}

fn task(random: &mut Random, index: usize) -> TaskBuilder {
    TaskBuilder::new().attributes(world::attributes(index % WORKERS, random))
}

/// Tasks that yield, half of them spawned by tasks; all of them end.
fn run_tasks(handle: &Handle, tally: &Arc<Tally>) {
    let random = &mut Random::new(1);
    let outer: Vec<JoinHandle<()>> = (0..TASKS / 2)
        .map(|index| {
            let (mine, its) = (yields(YIELDS, tally), yields(YIELDS, tally));
            let inner = task(random, index + 1);
            handle.spawn_with(task(random, index), async move {
                let inner = Handle::current().spawn_with(inner, its);
                mine.await;
                inner.await.expect("no task panics or is cancelled");
            })
        })
        .collect();
    block_on(async {
        for task in outer {
            task.await.expect("no task panics or is cancelled");
        }
    });
}

/// Tasks that never end, dropped with the pool.
fn shut_down(pool: ThreadPool, tally: &Arc<Tally>) {
    let random = &mut Random::new(2);
    for index in 0..TASKS {
        let endless = yields(usize::MAX, tally);
        drop(pool.handle().spawn_with(task(random, index), endless));
    }
    drop(pool);
}
