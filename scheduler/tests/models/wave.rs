//! The early replacement of a worker while another one is replaced that sleeps in the system, on
//! the threads of the model, with the monitor as a function that is told the time.
//!
//! Worker 0 blocks, and a spare takes its place, whose own poll takes a while, less than the
//! threshold: the monitor, which counts every thread of a model as asleep, has it replaced too,
//! while it returns. Proved: whichever comes first, nobody is replaced twice, the tasks that the
//! spare had queued run once, on one of the two, and both leave when worker 0 comes back. Three
//! workers and the monitor are more than loom gets through: randomised schedules only.

use std::time::Duration;

use super::{Shared, Workers, both_orders, end, together};
use plies_scheduler::{Handle, Rescue, ThreadPool};
use plies_shim::model::Model;
use plies_shim::sync::{Arc, Mutex};
use plies_shim::thread;

pub fn models() -> Vec<Model> {
    both_orders!(
        "replaced early against a worker that returns", early_against_return, floor 100, bound 1,
        [WaveReplacesAgain, OwnerNeverReclaims], weak []
    )
    .into()
}

/// How many tasks the spare leaves behind its own.
const TASKS: u32 = 2;

/// What the roles share, besides the pool.
#[derive(Clone)]
struct Scene {
    handle: Handle,
    monitor: Arc<Mutex<Monitor>>,
    /// The spare is in its poll, and the monitor has seen that.
    begun: Shared<bool>,
    runs: Shared<u32>,
}

type Monitor = Box<dyn FnMut(Duration) + Send>;

impl Scene {
    fn sample(&self, ms: u64) {
        (self.monitor.lock())(Duration::from_millis(ms));
    }

    /// The poll of worker 0, which waits for everything else.
    fn block(&self) {
        let spares = self.clone();
        self.handle.spawn(async move { spares.dawdle() }).detach();
        self.sample(0);
        self.sample(20);
        self.runs.wait(|runs| (*runs == TASKS).then_some(()));
    }

    /// The poll of the spare.
    fn dawdle(&self) {
        for _ in 0..TASKS {
            let runs = self.runs.clone();
            let task = async move { runs.change(|runs| *runs += 1) };
            self.handle.spawn(task).detach();
        }
        self.sample(20);
        self.begun.open();
    }

    /// A quarter of the threshold later, and twice.
    fn look(&self) {
        self.begun.pass();
        self.sample(23);
        self.sample(24);
    }
}

fn early_against_return<const SWAP: bool>() {
    let rescue = Rescue::new()
        .threshold(Duration::from_millis(10))
        .max_spares(3);
    let (builder, workers) = Workers::of(ThreadPool::builder().workers(1).rescue(rescue));
    let (pool, sample) = builder.build_with_monitor().unwrap();
    let monitor: Monitor = Box::new(sample);
    let scene = Scene {
        handle: pool.handle().clone(),
        monitor: Arc::new(Mutex::new(monitor)),
        begun: Shared::default(),
        runs: Shared::default(),
    };
    let blocking = scene.clone();
    pool.handle()
        .spawn(async move { blocking.block() })
        .detach();
    let owner = thread::spawn(workers.next());
    let (spare, next) = (workers.next(), workers);
    let looking = scene.clone();
    together::<SWAP>(spare, move || {
        looking.look();
        next.started().into_iter().for_each(|work| work());
    });
    scene.runs.wait(|runs| (*runs == TASKS).then_some(()));
    end(pool);
    owner.join().unwrap();
    assert_eq!(scene.handle.metrics().rescue().spare_workers, 0);
}
