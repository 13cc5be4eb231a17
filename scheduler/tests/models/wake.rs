//! Injection against sleep: no task is left behind with every worker asleep.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Shared, Workers, both_orders, end, together};
use plies_scheduler::{
    Cause, CurrentThread, Driver, Fifo, Runnable, Scheduler, ThreadParker, ThreadPool, WorkerId,
};
use plies_shim::model::Model;
use plies_shim::sync::{Arc, Mutex};
use plies_shim::thread;

pub fn models() -> Vec<Model> {
    let mut all = Vec::from(both_orders!(
        "inject against park", inject_against_park, floor 200, bound 2,
        [InjectWakesNobody, SleepSkipsRecheck], weak [InjectSkipsFence, SleepSkipsFence]
    ));
    all.extend(both_orders!(
        "inject against nap", inject_against_nap, floor 200, bound 2,
        [InjectWakesNobody, SleepSkipsRecheck], weak [InjectSkipsFence, SleepSkipsFence]
    ));
    all.extend(both_orders!(
        "last searcher hands on", last_searcher_hands_on, floor 2_000 and 100_000, bound 1 and 2,
        [SearcherForgetsHandOff, SearcherKeepsSearch], weak []
    ));
    all
}

/// A task is injected while the worker looks for work, announces itself idle, or sleeps.
fn inject_against_park<const SWAP: bool>() {
    inject_against_sleep::<SWAP, _>(Fifo::new(), || ());
}

/// The same while it only naps, for it has left a task to another worker: what is injected counts all
/// the same, and a nap is no excuse, for here none ends by itself.
fn inject_against_nap<const SWAP: bool>() {
    let spares = Arc::new(AtomicBool::new(true));
    let policy = Sparing(Fifo::new(), spares.clone());
    inject_against_sleep::<SWAP, _>(policy, move || spares.store(false, Ordering::Relaxed));
}

/// `over` is called when the task has run, before the executor is dropped.
fn inject_against_sleep<const SWAP: bool, S: Scheduler>(
    policy: S,
    over: impl FnOnce() + Send + 'static,
) {
    let executor = CurrentThread::builder()
        .scheduler(policy)
        .build_current_thread();
    let handle = executor.handle().clone();
    let (set, flag) = flag();
    together::<SWAP>(
        move || {
            executor.block_on(flag.wait());
            over();
        },
        move || handle.spawn(async move { set.set() }).detach(),
    );
}

/// A queue beside which, as long as the flag says so, there is a task that a thief leaves to its owner.
struct Sparing(Fifo, Arc<AtomicBool>);

impl Scheduler for Sparing {
    type Local = <Fifo as Scheduler>::Local;

    fn attach(&self, worker: WorkerId) -> Self::Local {
        self.0.attach(worker)
    }

    fn push(&self, local: &mut Self::Local, task: Runnable, cause: Cause) {
        self.0.push(local, task, cause);
    }

    fn inject(&self, task: Runnable, cause: Cause) {
        self.0.inject(task, cause);
    }

    fn next(&self, local: &mut Self::Local) -> Option<Runnable> {
        self.0.next(local)
    }

    fn has_ready(&self) -> bool {
        self.1.load(Ordering::Relaxed) || self.0.has_ready()
    }

    fn spared(&self, _: &Self::Local) -> bool {
        true
    }

    fn injected(&self) -> usize {
        self.0.injected()
    }
}

/// Two tasks, each of which blocks its worker until the other runs: both sleeping workers have to
/// wake, though the second injection finds a searching worker and wakes nobody.
fn last_searcher_hands_on<const SWAP: bool>() {
    let asleep = Meeting::default();
    let (builder, workers) = Workers::of(ThreadPool::builder().workers(2));
    let pool = builder
        .scheduler(Fifo::new())
        .driver({
            let asleep = asleep.clone();
            move |_| std::sync::Arc::new(Announced::new(asleep.clone()))
        })
        .build()
        .unwrap();
    let injector = move || {
        asleep.wait_for(2);
        let meeting = Meeting::default();
        for _ in 0..2 {
            let meeting = meeting.clone();
            let meet = async move {
                meeting.arrive();
                meeting.wait_for(2);
            };
            pool.handle().spawn(meet).detach();
        }
        meeting.wait_for(2);
        end(pool);
    };
    let other = thread::spawn(workers.next());
    together::<SWAP>(injector, workers.next());
    other.join().unwrap();
}

/// Where threads wait for each other.
#[derive(Clone, Default)]
struct Meeting(Shared<u32>);

impl Meeting {
    fn arrive(&self) {
        self.0.change(|arrived| *arrived += 1);
    }

    fn wait_for(&self, count: u32) {
        self.0.wait(|arrived| (*arrived >= count).then_some(()));
    }
}

/// A thread parker that says when its worker first sleeps.
struct Announced {
    parker: ThreadParker,
    asleep: Meeting,
    first: AtomicBool,
}

impl Announced {
    fn new(asleep: Meeting) -> Self {
        Announced {
            parker: ThreadParker::new(),
            asleep,
            first: AtomicBool::new(true),
        }
    }
}

impl Driver for Announced {
    fn park(&self, timeout: Option<Duration>) -> std::io::Result<()> {
        if self.first.swap(false, Ordering::Relaxed) {
            self.asleep.arrive();
        }
        self.parker.park(timeout)
    }

    fn poll(&self) -> std::io::Result<bool> {
        Ok(true)
    }

    fn unpark(&self) {
        self.parker.unpark();
    }

    fn needs_polling(&self) -> bool {
        false
    }
}

/// A flag that a future waits for.
fn flag() -> (Setter, Setter) {
    let setter = Setter(Arc::new(Mutex::new((false, None))));
    (setter.clone(), setter)
}

#[derive(Clone)]
struct Setter(Arc<Mutex<(bool, Option<std::task::Waker>)>>);

impl Setter {
    fn set(&self) {
        let mut state = self.0.lock();
        state.0 = true;
        let waker = state.1.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn wait(self) {
        std::future::poll_fn(|cx| {
            let mut state = self.0.lock();
            if state.0 {
                return std::task::Poll::Ready(());
            }
            state.1 = Some(cx.waker().clone());
            std::task::Poll::Pending
        })
        .await;
    }
}
