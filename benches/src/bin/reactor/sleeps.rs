//! Timers: arming, polling once and dropping; and ten thousand of 1 to 20 ms.

use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use plies_reactor::{Reactor, Sleep};

use crate::local::Local;
use crate::table::Table;

const HOUR: Duration = Duration::from_secs(3600);
const BATCH: u32 = 500;
const BATCHES: u32 = 200;
const SLEEPS: u64 = 10_000;

/// Nanoseconds for `sleep(1 h)`, polled once and dropped.
pub fn arm_and_drop(table: &mut Table) -> io::Result<()> {
    const WORKLOAD: &str = "sleep(1 h), polled once and dropped: ns";
    let reactor = Reactor::new()?;
    let entered = reactor.handle().enter();
    let clock = reactor.handle().clock();
    let arm = || poll_once(Sleep::new(clock.after(HOUR)));
    table.add(WORKLOAD, "plies-reactor", each(arm));
    let deadline = Instant::now() + HOUR;
    table.add(
        WORKLOAD,
        "  of which the timer",
        each(|| poll_once(Sleep::new(deadline))),
    );
    drop(entered);
    let multi = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()?;
    let tokio = multi.block_on(async {
        tokio::spawn(async { each(|| poll_once(tokio::time::sleep(HOUR))) })
            .await
            .unwrap()
    });
    table.add(WORKLOAD, "tokio", tokio);
    let single = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let tokio = single.block_on(async { each(|| poll_once(tokio::time::sleep(HOUR))) });
    table.add(WORKLOAD, "tokio-ct", tokio);
    let arm = || poll_once(async_io::Timer::after(HOUR));
    table.add(
        WORKLOAD,
        "async-io",
        async_io::block_on(async { each(arm) }),
    );
    Ok(())
}

fn poll_once<F: Future>(future: F) {
    let polled = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(black_box(polled).is_pending());
}

/// Nanoseconds a call in the best of many short batches: whatever else the machine does only adds.
fn each(mut work: impl FnMut()) -> f64 {
    let batch = |_| {
        let started = Instant::now();
        (0..BATCH).for_each(|_| work());
        started.elapsed().as_nanos() as f64 / f64::from(BATCH)
    };
    (0..BATCHES).map(batch).fold(f64::INFINITY, f64::min)
}

/// What ten thousand tasks find when each sleeps once.
#[derive(Clone, Default)]
struct Lateness(Rc<Cell<Duration>>);

impl Lateness {
    fn note(&self, deadline: Instant) {
        let late = Instant::now()
            .checked_duration_since(deadline)
            .expect("woken too early");
        self.0.set(self.0.get() + late);
    }
}

/// Mean lateness, and CPU time for each timer, spawning and polling included.
pub fn ten_thousand(table: &mut Table) -> io::Result<()> {
    measure(table, "plies-reactor", |lateness| {
        let reactor = Reactor::new()?;
        let _entered = reactor.handle().enter();
        let mut local = Local::default();
        for nth in 0..SLEEPS {
            let lateness = lateness.clone();
            local.spawn(async move {
                let deadline = deadline(nth);
                Sleep::new(deadline).await;
                lateness.note(deadline);
            });
        }
        local.run(&reactor)
    })?;
    measure(table, "tokio-ct", |lateness| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let local = tokio::task::LocalSet::new();
        for nth in 0..SLEEPS {
            let lateness = lateness.clone();
            local.spawn_local(async move {
                let deadline = deadline(nth);
                tokio::time::sleep_until(deadline.into()).await;
                lateness.note(deadline);
            });
        }
        runtime.block_on(local);
        Ok(())
    })?;
    measure(table, "async-io", |lateness| {
        let local = async_executor::LocalExecutor::new();
        let tasks: Vec<_> = (0..SLEEPS)
            .map(|nth| {
                let lateness = lateness.clone();
                local.spawn(async move {
                    let deadline = deadline(nth);
                    async_io::Timer::at(deadline).await;
                    lateness.note(deadline);
                })
            })
            .collect();
        async_io::block_on(local.run(futures::future::join_all(tasks)));
        Ok(())
    })
}

/// From 1 to 20 ms from now, in no order.
fn deadline(nth: u64) -> Instant {
    let spread = nth.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    Instant::now() + Duration::from_nanos(1_000_000 + spread % 19_000_000)
}

fn measure(
    table: &mut Table,
    peer: &'static str,
    run: impl FnOnce(Lateness) -> io::Result<()>,
) -> io::Result<()> {
    let lateness = Lateness::default();
    let before = cpu_time();
    run(lateness.clone())?;
    let cpu = cpu_time() - before;
    let mean = lateness.0.get().as_nanos() as f64 / SLEEPS as f64;
    table.add(
        "10,000 sleeps of 1 to 20 ms: mean lateness, µs",
        peer,
        mean / 1e3,
    );
    table.add(
        "10,000 sleeps of 1 to 20 ms: CPU a timer, ns",
        peer,
        cpu.as_nanos() as f64 / SLEEPS as f64,
    );
    Ok(())
}

/// What all threads of this process have used.
pub fn cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the clock exists, and the timespec lives through the call.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
