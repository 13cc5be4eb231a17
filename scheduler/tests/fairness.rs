//! Fairness: with R tasks always ready, none waits for more than the stated number of polls, also
//! with a pair that wakes itself through the LIFO slot, and with a flood of injected tasks.

mod util;

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use plies_scheduler::{Driver, Fifo, Scheduler, ThreadParker, WorkStealing, block_on};
use util::{Gate, YieldNow, builder, pool, wait_until};

const READY: usize = 100;
const FLOOD: usize = 50;
const ROUNDS: usize = 300;

/// Polls made so far by all tasks of a test, which has one worker.
#[derive(Clone, Default)]
struct Polls(Arc<AtomicUsize>);

impl Polls {
    fn count(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Yields `ROUNDS` times, and returns the most polls of others between two of its own.
async fn always_ready(polls: Polls) -> usize {
    let mut longest = 0;
    let mut last = polls.count();
    for _ in 0..ROUNDS {
        YieldNow::default().await;
        let now = polls.count();
        longest = longest.max(now - last - 1);
        last = now;
    }
    longest
}

/// Two tasks that wake each other for ever, each through the other's waker.
fn spawn_pair(pool: &plies_scheduler::ThreadPool, polls: &Polls, stop: &Arc<AtomicBool>) {
    let wakers: Arc<[Mutex<Option<Waker>>; 2]> = Arc::default();
    for own in 0..2 {
        let (wakers, polls, stop) = (wakers.clone(), polls.clone(), stop.clone());
        let player = poll_fn(move |cx| {
            polls.count();
            *wakers[own].lock().unwrap() = Some(cx.waker().clone());
            let other = wakers[1 - own].lock().unwrap().take();
            other.into_iter().for_each(Waker::wake);
            match stop.load(Ordering::Relaxed) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        });
        pool.handle().spawn(player).detach();
    }
}

/// Keeps `FLOOD` injected tasks queued until told to stop; says when it has begun.
fn flood(pool: &plies_scheduler::ThreadPool, polls: &Polls, stop: &AtomicBool, begun: &Gate) {
    let queued = Arc::new(AtomicUsize::new(0));
    while !stop.load(Ordering::Relaxed) {
        if queued.load(Ordering::Relaxed) == FLOOD {
            begun.open();
            std::thread::yield_now();
            continue;
        }
        queued.fetch_add(1, Ordering::Relaxed);
        let (polls, queued) = (polls.clone(), queued.clone());
        let drop_in = async move {
            polls.count();
            queued.fetch_sub(1, Ordering::Relaxed);
        };
        pool.handle().spawn(drop_in).detach();
    }
    wait_until(|| queued.load(Ordering::Relaxed) == 0);
}

/// The longest wait of an always ready task, in the presence of the pair and the flood.
fn longest_wait(scheduler: impl Scheduler, with_pair: bool, with_flood: bool) -> usize {
    let pool = pool(1, scheduler);
    let (polls, stop) = (Polls::default(), Arc::new(AtomicBool::new(false)));
    std::thread::scope(|scope| {
        // All are queued before the first is polled.
        let start = Gate::default();
        let hold = start.clone();
        pool.handle().spawn(async move { hold.block() }).detach();
        let tasks: Vec<_> = (0..READY)
            .map(|_| pool.handle().spawn(always_ready(polls.clone())))
            .collect();
        if with_pair {
            spawn_pair(&pool, &polls, &stop);
        }
        if with_flood {
            let begun = Gate::default();
            let signal = begun.clone();
            let (pool, polls, stop) = (&pool, &polls, &*stop);
            scope.spawn(move || flood(pool, polls, stop, &signal));
            begun.block();
        }
        start.open();
        let longest = tasks.into_iter().map(|task| block_on(task).unwrap()).max();
        stop.store(true, Ordering::Relaxed);
        longest.unwrap()
    })
}

#[test]
fn without_disturbance_each_task_waits_for_the_others_once() {
    assert_eq!(longest_wait(Fifo::new(), false, false), READY - 1);
    // One batch of injected tasks enters at a time at the beginning.
    assert!(longest_wait(WorkStealing::new(), false, false) <= READY + 32);
}

#[test]
fn the_stated_bound_holds_with_lifo_pairs_and_injected_tasks() {
    for (pair, flood) in [(true, false), (false, true), (true, true)] {
        let stealing = || WorkStealing::new();
        let bound = stealing().bound(READY + 2 + FLOOD).unwrap();
        assert!(
            longest_wait(stealing(), pair, flood) <= bound,
            "pair {pair}, flood {flood}"
        );
        let eager = || {
            WorkStealing::new()
                .injector_interval(2)
                .lifo_limit(8)
                .steal_limit(256)
        };
        let bound = eager().bound(READY + 2 + FLOOD).unwrap();
        assert!(
            longest_wait(eager(), pair, flood) <= bound,
            "pair {pair}, flood {flood}"
        );
        // Here the injected tasks are tasks like all others.
        let bound = Fifo::new().bound(READY + 2 + FLOOD).unwrap();
        assert!(
            longest_wait(Fifo::new(), pair, flood) <= bound,
            "pair {pair}, flood {flood}"
        );
    }
}

#[test]
fn local_tasks_do_not_starve_injected_ones() {
    util::on_each_policy(|make| {
        let pool = make(1);
        let stop = Arc::new(AtomicBool::new(false));
        for _ in 0..READY {
            let stop = stop.clone();
            let busy = async move {
                while !stop.load(Ordering::Relaxed) {
                    YieldNow::default().await;
                }
            };
            pool.handle().spawn(busy).detach();
        }
        spawn_pair(&pool, &Polls::default(), &stop);
        for _ in 0..100 {
            block_on(pool.handle().spawn(async {})).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
}

/// Counts looks, and the polls between two of them.
struct CountingDriver {
    parker: ThreadParker,
    polls: Polls,
    last: AtomicUsize,
    longest: Arc<AtomicUsize>,
}

impl Driver for CountingDriver {
    fn park(&self, timeout: Option<std::time::Duration>) -> std::io::Result<()> {
        self.poll()?;
        self.parker.park(timeout)?;
        self.last
            .store(self.polls.0.load(Ordering::Relaxed), Ordering::Relaxed);
        Ok(())
    }

    fn poll(&self) -> std::io::Result<bool> {
        let now = self.polls.0.load(Ordering::Relaxed);
        let gap = now - self.last.swap(now, Ordering::Relaxed);
        self.longest.fetch_max(gap, Ordering::Relaxed);
        Ok(true)
    }

    fn unpark(&self) {
        self.parker.unpark();
    }
}

#[test]
fn a_busy_worker_looks_into_its_driver_at_the_stated_interval() {
    const INTERVAL: u32 = 13;
    let (polls, longest) = (Polls::default(), Arc::new(AtomicUsize::new(0)));
    let driver = Arc::new(CountingDriver {
        parker: ThreadParker::new(),
        polls: polls.clone(),
        last: AtomicUsize::new(0),
        longest: longest.clone(),
    });
    let pool = builder(1, WorkStealing::new())
        .event_interval(INTERVAL)
        .driver(move |_| driver.clone())
        .build()
        .unwrap();
    let tasks: Vec<_> = (0..10)
        .map(|_| pool.handle().spawn(always_ready(polls.clone())))
        .collect();
    tasks
        .into_iter()
        .for_each(|task| assert!(block_on(task).is_ok()));
    let looks = pool.handle().metrics().workers()[0].driver_polls;
    assert!(looks > 0 && longest.load(Ordering::Relaxed) <= INTERVAL as usize);
}
