//! A pool whose monitor is told the time.

use std::time::Duration;

use plies_scheduler::{Builder, Handle, JoinHandle, Rescue, Scheduler, ThreadPool};

use super::{Gate, builder};

/// A pool whose monitor takes a sample when asked, each time a while after the last.
pub struct Watched {
    pub pool: ThreadPool,
    pub sample: Box<dyn FnMut(Duration) + Send>,
    now: Duration,
}

impl Watched {
    pub fn new<S: Scheduler>(workers: usize, scheduler: S) -> Self {
        Self::with(builder(workers, scheduler).rescue(unbounded()))
    }

    pub fn with<S: Scheduler>(builder: Builder<S>) -> Self {
        let (pool, sample) = builder.build_with_monitor().unwrap();
        Watched {
            pool,
            sample: Box::new(sample),
            now: Duration::ZERO,
        }
    }

    /// One sample, `ms` milliseconds after the last one.
    pub fn sample_after(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        (self.sample)(self.now);
    }

    /// As many samples as it takes for a poll that is going on to be stuck.
    pub fn declare_stuck(&mut self) {
        self.sample_after(1);
        self.sample_after(10);
    }

    pub fn handle(&self) -> &Handle {
        self.pool.handle()
    }

    pub fn spares(&self) -> usize {
        self.handle().metrics().rescue().spare_workers
    }

    /// A task that blocks its worker's thread until the gate opens; waits until it does.
    pub fn block_a_worker(&self, gate: &Gate) -> JoinHandle<()> {
        super::block_a_worker(self.handle(), gate)
    }
}

/// Without the bound for workers that compute: a thread that has just been seen at a gate may be
/// on its way into the wait.
pub fn unbounded() -> Rescue {
    Rescue::new().max_busy_spares(usize::MAX)
}
