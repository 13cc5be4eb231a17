//! Tasks that are woken: by a task, and by a thread that the runtime does not know.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use futures::task::AtomicWaker;

use super::in_task;
use crate::peer::{Peer, Spawn};

const WOKEN: u64 = 64;

/// Tasks that are woken all together, and the one that wakes them.
struct Woken {
    wakers: Mutex<Vec<Waker>>,
    left: AtomicU64,
    waking: AtomicWaker,
}

impl Woken {
    fn count_down(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waking.wake();
        }
    }

    async fn all_polled(&self) {
        poll_fn(|cx| {
            self.waking.register(cx.waker());
            match self.left.load(Ordering::Acquire) {
                0 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
    }
}

/// A task wakes [`WOKEN`] others, waits until the last has been polled, and does it again.
pub fn wake_poll<P: Peer>(peer: &P, scale: u64) {
    let spawner = peer.spawner();
    in_task(peer, async move {
        let woken = Arc::new(Woken {
            wakers: Mutex::new(Vec::new()),
            left: AtomicU64::new(WOKEN),
            waking: AtomicWaker::new(),
        });
        for _ in 0..WOKEN {
            spawner.spawn_detached(count_polls(woken.clone()));
        }
        woken.all_polled().await;
        let wakers = std::mem::take(&mut *woken.wakers.lock().unwrap());
        for _ in 0..scale / WOKEN {
            // Release: published to the tasks by the wake-ups too, but this word is read by others.
            woken.left.store(WOKEN, Ordering::Release);
            for waker in &wakers {
                waker.wake_by_ref();
            }
            woken.all_polled().await;
        }
    });
}

/// Leaves its waker behind, and counts each poll.
async fn count_polls(woken: Arc<Woken>) {
    let mut parked = false;
    poll_fn(|cx| {
        if !parked {
            parked = true;
            woken.wakers.lock().unwrap().push(cx.waker().clone());
        }
        woken.count_down();
        Poll::Pending
    })
    .await
}

pub fn hot<P: Peer>(peer: &P, scale: u64) -> f64 {
    round_trips(peer, scale, Duration::ZERO)
}

pub fn cold<P: Peer>(peer: &P, scale: u64) -> f64 {
    round_trips(peer, scale, Duration::from_micros(200))
}

/// Nanoseconds a round trip, the pauses left out.
fn round_trips<P: Peer>(peer: &P, scale: u64, pause: Duration) -> f64 {
    let (ask, asked) = async_channel::bounded::<()>(1);
    let (answer, answered) = mpsc::sync_channel::<()>(1);
    let task = peer.spawner().spawn(async move {
        while asked.recv().await.is_ok() {
            answer.send(()).unwrap();
        }
    });
    let foreign = std::thread::spawn(move || {
        let mut total = Duration::ZERO;
        for _ in 0..scale {
            std::thread::sleep(pause);
            let started = Instant::now();
            ask.try_send(()).unwrap();
            answered.recv().unwrap();
            total += started.elapsed();
        }
        total
    });
    peer.block_on(task);
    foreign.join().unwrap().as_nanos() as f64 / scale as f64
}
