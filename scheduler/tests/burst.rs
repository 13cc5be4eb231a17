//! Many tasks that one look into a driver wakes.

use std::future::poll_fn;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use plies_scheduler::{Driver, Rescue, ThreadParker, ThreadPool, block_on};

/// A driver whose sleep ends with a burst of wake-ups.
#[derive(Default)]
struct Bursts {
    parker: ThreadParker,
    wakers: Mutex<Vec<Waker>>,
}

impl Driver for Bursts {
    fn park(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.parker.park(timeout)?;
        let wakers = std::mem::take(&mut *self.wakers.lock().unwrap());
        wakers.into_iter().for_each(Waker::wake);
        Ok(())
    }

    fn poll(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn unpark(&self) {
        self.parker.unpark();
    }
}

#[test]
fn a_burst_of_events_is_shared_before_the_next_look_into_the_driver() {
    const TASKS: usize = 20;
    let driver = Arc::new(Bursts::default());
    let first = driver.clone();
    let pool = ThreadPool::builder()
        .workers(2)
        .driver(move |worker| match worker.index() {
            0 => first.clone() as Arc<dyn Driver>,
            _ => Arc::new(ThreadParker::new()),
        })
        .event_interval(1_000_000)
        .rescue(Rescue::off())
        .build()
        .unwrap();

    // Each task waits once. Of the second polls, the tenth waits for another worker to make one.
    let (left, waiting) = mpsc::channel();
    let (others, shared) = mpsc::channel();
    let shared = Arc::new(Mutex::new(shared));
    let (polls, poller) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(None)));
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (left, others, shared) = (left.clone(), others.clone(), shared.clone());
            let (polls, poller) = (polls.clone(), poller.clone());
            pool.handle().spawn(async move {
                let mut waited = false;
                poll_fn(|cx| {
                    if !std::mem::replace(&mut waited, true) {
                        left.send(cx.waker().clone()).unwrap();
                        return Poll::Pending;
                    }
                    Poll::Ready(())
                })
                .await;
                let here = thread::current().id();
                let first: ThreadId = *poller.lock().unwrap().get_or_insert(here);
                if here != first {
                    others.send(()).unwrap();
                }
                if polls.fetch_add(1, Ordering::Relaxed) == 9 && here == first {
                    let other = shared.lock().unwrap().recv_timeout(Duration::from_secs(20));
                    other.expect("the other worker sleeps");
                }
            })
        })
        .collect();
    driver
        .wakers
        .lock()
        .unwrap()
        .extend(waiting.iter().take(TASKS));
    driver.unpark();
    for task in tasks {
        block_on(task).unwrap();
    }
}
