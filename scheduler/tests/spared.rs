//! Tasks that thieves leave to their owners.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use plies_scheduler::{
    Attributes, Cause, Rescue, Runnable, Scheduler, ThreadPool, WorkStealing, WorkerId,
};

/// Work stealing whose thieves leave everything to its owners a few times.
struct Reluctant {
    policy: WorkStealing,
    refusals: Arc<AtomicUsize>,
}

impl Scheduler for Reluctant {
    type Local = (<WorkStealing as Scheduler>::Local, bool);

    fn attach(&self, worker: WorkerId) -> Self::Local {
        (self.policy.attach(worker), false)
    }

    fn push(&self, (local, _): &mut Self::Local, task: Runnable, cause: Cause) {
        self.policy.push(local, task, cause);
    }

    fn inject(&self, task: Runnable, cause: Cause) {
        self.policy.inject(task, cause);
    }

    fn next(&self, (local, _): &mut Self::Local) -> Option<Runnable> {
        self.policy.next(local)
    }

    fn has_ready(&self) -> bool {
        self.policy.has_ready()
    }

    fn steal(&self, (local, spared): &mut Self::Local) -> Option<Runnable> {
        let left = |left: usize| left.checked_sub(1);
        let refused = self
            .refusals
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        *spared = refused.is_ok();
        if *spared {
            return None;
        }
        self.policy.steal(local)
    }

    fn spared(&self, (_, spared): &Self::Local) -> bool {
        *spared
    }

    fn injected(&self) -> usize {
        self.policy.injected()
    }
}

#[test]
fn a_spared_task_is_taken_later_though_nobody_wakes_the_thief() {
    let refusals = Arc::new(AtomicUsize::new(5));
    let policy = Reluctant {
        policy: WorkStealing::new(),
        refusals: refusals.clone(),
    };
    let pool = ThreadPool::builder()
        .workers(2)
        .scheduler(policy)
        .rescue(Rescue::off())
        .build()
        .unwrap();
    let handle = pool.handle().clone();
    let (done, taken) = mpsc::channel();
    pool.handle().spawn(async move {
        let (ran, awaited) = mpsc::channel();
        // The second one wakes the other worker, and pushes the first out of the LIFO slot.
        for _ in 0..2 {
            let ran = ran.clone();
            handle.spawn(async move { ran.send(()).unwrap() });
        }
        // This worker is stuck from here on, and does not wake the thief again.
        let one = awaited.recv_timeout(Duration::from_secs(20));
        done.send(one.is_ok()).unwrap();
    });
    assert!(taken.recv().unwrap(), "the thief has not come back");
    assert_eq!(refusals.load(Ordering::Relaxed), 0);
}

fn task() -> Runnable {
    #[derive(Clone)]
    struct Nowhere;
    impl plies_task::Schedule<Attributes> for Nowhere {
        fn schedule(&self, _: Runnable, _: Cause) {}
    }
    let builder = plies_task::Builder::new().metadata(Attributes::default());
    builder.spawn(async {}, Nowhere).0
}

#[test]
fn help_is_wanted_for_what_is_injected() {
    let policy = WorkStealing::new();
    let mut local = policy.attach(WorkerId::new(0));
    assert!(!policy.wants_help(&mut local));
    policy.inject(task(), Cause::Woken);
    assert!(policy.wants_help(&mut local));
}

#[test]
fn help_is_wanted_by_one_whose_polls_are_long() {
    let policy = WorkStealing::new();
    let mut local = policy.attach(WorkerId::new(0));
    assert!(policy.next(&mut local).is_none());
    policy.push(&mut local, task(), Cause::Yielded);
    std::thread::sleep(Duration::from_millis(1));
    assert!(policy.wants_help(&mut local));
    policy.next(&mut local).unwrap().run();
    std::thread::sleep(Duration::from_millis(1));
    assert!(!policy.wants_help(&mut local), "nothing is left");
}

#[test]
fn help_is_wanted_for_one_in_a_long_poll() {
    let policy = WorkStealing::new();
    let mut busy = policy.attach(WorkerId::new(0));
    let mut stuck = policy.attach(WorkerId::new(1));
    assert!(policy.next(&mut stuck).is_none());
    policy.push(&mut stuck, task(), Cause::Yielded);
    assert!(!policy.wants_help(&mut busy), "it may have moved");
    assert!(policy.wants_help(&mut busy));
    policy.next(&mut stuck).unwrap().run();
    assert!(!policy.wants_help(&mut busy), "nothing is left");
}
