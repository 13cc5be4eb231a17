//! Fairness while everything is always ready: tasks that yield, one that wakes itself for ever, two
//! that wake each other, a flood of tasks from outside, sockets and timers, all at once on one
//! worker. Each gets its turn within what its scheduler states, counted in polls.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::UnixStream;
use plies::runtime::{Builder, Rescue, Runtime};
use plies::scheduler::{Fifo, Pinned, Priority, Scheduler, Seeded, WorkStealing};
use plies::task::yield_now;

const YIELDING: usize = 40;
const FLOOD: usize = 20;
/// All that is ever ready at once: these, the two that wake each other, the one that wakes itself,
/// the two ends of the socket, the sleeper.
const READY: usize = YIELDING + FLOOD + 6;
/// Polls between two looks for events.
const INTERVAL: usize = 31;

const ROUNDS: usize = 300;
const MESSAGES: usize = 50;
const SLEEPS: usize = 10;
const INJECTED: usize = 200;

/// What all tasks of a test share.
#[derive(Clone, Default)]
struct Load {
    /// Made by all of them so far. There is one worker, so that each waits while others count.
    polls: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Load {
    fn poll(&self) -> usize {
        self.polls.fetch_add(1, Ordering::SeqCst)
    }

    fn so_far(&self) -> usize {
        self.polls.load(Ordering::SeqCst)
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Yields until the end; returns the most polls of others between two of its own, and how many
    /// it had.
    async fn yielding(self) -> (usize, usize) {
        let (mut longest, mut own, mut last) = (0, 1, self.poll());
        while !self.is_over() || own < ROUNDS {
            yield_now().await;
            let now = self.poll();
            longest = longest.max(now - last - 1);
            (own, last) = (own + 1, now);
        }
        (longest, own)
    }

    /// Wakes itself in every poll, and returns how many it had.
    async fn wakes_itself(self) -> usize {
        let mut own = 0;
        poll_fn(move |cx| {
            self.poll();
            own += 1;
            cx.waker().wake_by_ref();
            match self.is_over() && own >= ROUNDS {
                true => Poll::Ready(own),
                false => Poll::Pending,
            }
        })
        .await
    }

    /// One of two tasks that wake each other for ever.
    async fn wakes_the_other(self, wakers: Arc<[Mutex<Option<Waker>>; 2]>, own: usize) {
        poll_fn(|cx| {
            self.poll();
            *wakers[own].lock().unwrap() = Some(cx.waker().clone());
            let other = wakers[1 - own].lock().unwrap().take();
            other.into_iter().for_each(Waker::wake);
            match self.is_over() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    /// Sends bytes, each after the answer to the one before, and returns the most polls between a
    /// byte and its reader.
    async fn talk(self, mut near: UnixStream, mut far: UnixStream) -> usize {
        let sent = Arc::new(AtomicUsize::new(0));
        let (load, last) = (self.clone(), sent.clone());
        let reader = plies::spawn(async move {
            let mut longest = 0;
            for _ in 0..MESSAGES {
                far.read_u8().await.unwrap();
                longest = longest.max(load.poll() - last.load(Ordering::SeqCst));
                far.write_u8(7).await.unwrap();
            }
            longest
        });
        for _ in 0..MESSAGES {
            sent.store(self.so_far(), Ordering::SeqCst);
            near.write_u8(7).await.unwrap();
            near.read_u8().await.unwrap();
            self.poll();
        }
        reader.await.unwrap()
    }

    /// Sleeps a few times. That it ends is what is tested.
    async fn sleep(self) {
        for _ in 0..SLEEPS {
            plies::time::sleep(Duration::from_micros(500)).await;
            self.poll();
        }
    }

    /// Keeps `FLOOD` tasks from outside queued until the end; returns how many there were, and the
    /// most polls that one waited for, from when it was queued at the latest.
    fn flood(&self, runtime: &Runtime) -> (usize, usize) {
        let (queued, longest) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut count = 0;
        while !self.is_over() || count < INJECTED {
            if queued.load(Ordering::SeqCst) == FLOOD {
                std::thread::yield_now();
                continue;
            }
            queued.fetch_add(1, Ordering::SeqCst);
            count += 1;
            // It is known only afterwards when it was queued: if it ran meanwhile, it did not wait.
            let since = Arc::new(AtomicUsize::new(usize::MAX));
            let (load, queued, longest) = (self.clone(), queued.clone(), longest.clone());
            let queued_at = since.clone();
            drop(runtime.spawn(async move {
                let now = load.poll();
                let waited = now.saturating_sub(queued_at.load(Ordering::SeqCst));
                longest.fetch_max(waited, Ordering::SeqCst);
                queued.fetch_sub(1, Ordering::SeqCst);
            }));
            since.store(self.so_far(), Ordering::SeqCst);
        }
        while queued.load(Ordering::SeqCst) > 0 {
            std::thread::yield_now();
        }
        (count, longest.load(Ordering::SeqCst))
    }
}

/// Everything at once on a runtime of one worker.
fn check<S: Scheduler>(name: &str, make: fn() -> S) {
    let bound = make().bound(READY).expect("it states a bound");
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .scheduler(make)
        .event_interval(INTERVAL as u32)
        // With other work on the machine, a spare worker would come and take turns.
        .rescue(Rescue::off())
        .build()
        .unwrap();
    let load = Load::default();
    std::thread::scope(|scope| {
        let flood = scope.spawn(|| load.flood(&runtime));
        let yielding: Vec<_> = (0..YIELDING)
            .map(|_| runtime.spawn(load.clone().yielding()))
            .collect();
        let alone = runtime.spawn(load.clone().wakes_itself());
        let wakers = Arc::default();
        let _pair =
            [0, 1].map(|own| runtime.spawn(load.clone().wakes_the_other(Arc::clone(&wakers), own)));
        let sleeper = runtime.spawn(load.clone().sleep());
        let talker = runtime.spawn({
            let load = load.clone();
            async move {
                let (near, far) = UnixStream::pair().unwrap();
                load.talk(near, far).await
            }
        });

        let read_after = runtime.block_on(talker).unwrap();
        runtime.block_on(sleeper).unwrap();
        load.stop.store(true, Ordering::SeqCst);
        let (injected, injected_after) = flood.join().unwrap();
        let turns = yielding
            .into_iter()
            .map(|task| runtime.block_on(task).unwrap());
        let longest = turns.map(|(longest, _)| longest).max().unwrap();
        assert!(runtime.block_on(alone).unwrap() >= ROUNDS);

        println!(
            "{name}: bound {bound}; yielding {longest}, read after {read_after}, \
             {injected} injected ones after {injected_after}"
        );
        assert!(longest <= bound, "{name}: a yielding task waited {longest}");
        assert!(
            injected_after <= bound,
            "{name}: an injected task waited {injected_after}"
        );
        // The next look for events, and then its turn.
        let limit = INTERVAL + bound;
        assert!(read_after <= limit, "{name}: a reader waited {read_after}");
    });
}

#[test]
fn each_gets_its_turn_whatever_the_scheduler() {
    check("work stealing", WorkStealing::new);
    check("without LIFO slot", || WorkStealing::new().lifo_limit(0));
    check("fifo", Fifo::new);
    check("priority", || Priority::new(3));
    check("pinned", Pinned::new);
    check("seeded", || Seeded::new(7));
}

/// A timer that comes due while others are always ready runs within the next look for events and
/// the bound. The clock is moved by hand, so that "due" is between two polls.
fn check_timer<S: Scheduler>(name: &str, make: fn() -> S) {
    let bound = make().bound(READY).expect("it states a bound");
    let runtime = Builder::new_current_thread()
        .scheduler(make)
        .event_interval(INTERVAL as u32)
        .start_paused(true)
        .build()
        .unwrap();
    let load = Load::default();
    for _ in 0..YIELDING {
        runtime.spawn(load.clone().yielding());
    }
    runtime.spawn(load.clone().wakes_itself());
    let longest = runtime.block_on(runtime.spawn(async move {
        let (mut longest, armed) = (0, Arc::new(AtomicBool::new(false)));
        for _ in 0..SLEEPS {
            let due = plies::time::Instant::now() + Duration::from_secs(1);
            let timer = plies::spawn({
                let load = load.clone();
                let armed = armed.clone();
                async move {
                    armed.store(true, Ordering::SeqCst);
                    plies::time::sleep_until(due).await;
                    load.poll()
                }
            });
            while !armed.swap(false, Ordering::SeqCst) {
                yield_now().await;
            }
            let moved = load.so_far();
            plies::time::advance(Duration::from_secs(1)).await;
            longest = longest.max(timer.await.unwrap() - moved);
        }
        load.stop.store(true, Ordering::SeqCst);
        longest
    }));
    let longest = longest.unwrap();
    println!("{name}: bound {bound}; timer after {longest}");
    assert!(
        longest <= INTERVAL + bound,
        "{name}: a timer waited {longest}"
    );
}

#[test]
fn a_due_timer_gets_its_turn_whatever_the_scheduler() {
    check_timer("work stealing", WorkStealing::new);
    check_timer("fifo", Fifo::new);
    check_timer("priority", || Priority::new(3));
    check_timer("pinned", Pinned::new);
    check_timer("seeded", || Seeded::new(7));
}

/// The future in `block_on` of a `current_thread` runtime has its turns too.
#[test]
fn the_future_in_block_on_gets_its_turn() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let load = Load::default();
    runtime.spawn(load.clone().wakes_itself());
    runtime.block_on(async {
        for _ in 0..ROUNDS {
            yield_now().await;
        }
    });
    assert!(load.so_far() >= 1);
}
