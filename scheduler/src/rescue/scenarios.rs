//! What the models in `tests/loom.rs` explore of the rescue's parts, which nobody else can reach:
//! the alarm, the post and the muster of spares.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use plies_shim::model::together;
use plies_shim::sync::Arc;
use plies_shim::sync::atomic::{AtomicBool, Ordering};
use plies_shim::thread;

use super::alarm::Alarm;
use super::post::Post;
use super::standby::Standby;
use super::{Pulse, Rescue, Service};
use crate::{Driver, ThreadParker, WorkerId};

/// The monitor goes to sleep while a worker stops resting: it does not stay asleep.
pub fn alarm_against_rouse<const SWAP: bool>() {
    let parts = Arc::new((Alarm::new(), Pulse::new()));
    let (theirs, ours) = (parts.clone(), parts.clone());
    together::<SWAP>(
        move || ours.0.sleep(|| ours.1.is_resting()),
        move || theirs.0.rouse(&theirs.1),
    );
    assert!(!parts.1.is_resting());
}

/// The same with two workers, of which each may be the one that wakes it.
pub fn alarm_against_two<const SWAP: bool>() {
    let parts = Arc::new((Alarm::new(), [Pulse::new(), Pulse::new()]));
    let workers = parts.clone();
    let monitor = parts.clone();
    let first = parts.clone();
    let other = thread::spawn(move || first.0.rouse(&first.1[0]));
    together::<SWAP>(
        move || monitor.0.sleep(|| monitor.1.iter().all(Pulse::is_resting)),
        move || workers.0.rouse(&workers.1[1]),
    );
    other.join().unwrap();
}

/// Two workers begin their first polls, and a third has slept for long: the monitor starts once.
pub fn first_polls_against_sleep<const SWAP: bool>() {
    let standby = Arc::new(Standby::new(2, true));
    let started = Arc::new(AtomicUsize::new(0));
    let claim = |standby: &Standby, started: &AtomicUsize| {
        if standby.claim() {
            started.fetch_add(1, SeqCst);
        }
    };
    let poll = move |standby: &Standby, started: &AtomicUsize| {
        if standby.begins() {
            claim(standby, started);
        }
    };
    let first = {
        let (standby, started) = (standby.clone(), started.clone());
        thread::spawn(move || poll(&standby, &started))
    };
    let (theirs, counted) = (standby.clone(), started.clone());
    let (ours, count) = (standby, started.clone());
    together::<SWAP>(
        move || poll(&ours, &count),
        move || claim(&theirs, &counted),
    );
    first.join().unwrap();
    assert_eq!(started.load(SeqCst), 1);
}

/// A driver in which two threads at once are one too many.
#[derive(Default)]
struct Exclusive {
    parker: ThreadParker,
    inside: AtomicUsize,
}

impl Driver for Exclusive {
    fn park(&self, timeout: Option<Duration>) -> io::Result<()> {
        assert_eq!(
            self.inside.fetch_add(1, SeqCst),
            0,
            "two threads sleep in one driver"
        );
        self.parker.park(timeout)?;
        self.inside.fetch_sub(1, SeqCst);
        Ok(())
    }

    fn poll(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn unpark(&self) {
        self.parker.unpark();
    }
}

fn owner() -> WorkerId {
    WorkerId::new(0)
}

fn spare() -> WorkerId {
    WorkerId::new(1)
}

/// A post that a spare has taken, and its driver.
fn relieved() -> Arc<(Post, Exclusive)> {
    let post = Post::new(owner());
    assert!(post.take_over(owner(), spare()));
    Arc::new((post, Exclusive::default()))
}

/// What a spare does with its post, until it is deposed.
fn stand_in(post: &Post, driver: &Exclusive) {
    while post.is_held_by(spare()) {
        post.park(spare(), driver, None).expect("it never fails");
    }
}

/// The owner returns while the spare goes to sleep: the spare leaves.
pub fn reclaim_against_sleep<const SWAP: bool>() {
    let parts = relieved();
    let (theirs, ours) = (parts.clone(), parts.clone());
    together::<SWAP>(
        move || stand_in(&theirs.0, &theirs.1),
        move || ours.0.reclaim(owner(), &ours.1),
    );
    assert!(parts.0.is_held_by(owner()));
}

/// The owner returns and goes to sleep in its driver while the spare leaves it: a signal that comes
/// meanwhile reaches the owner, and the two are never in there together.
pub fn signal_against_reclaim<const SWAP: bool>() {
    let parts = relieved();
    let signalled = Arc::new(AtomicBool::new(false));
    let (leaving, ringing, coming) = (parts.clone(), parts.clone(), parts);
    let seen = signalled.clone();
    let spare = thread::spawn(move || stand_in(&leaving.0, &leaving.1));
    together::<SWAP>(
        move || {
            // Release: what the owner is woken for.
            signalled.store(true, Ordering::Release);
            ringing.1.unpark();
        },
        move || {
            coming.0.reclaim(owner(), &coming.1);
            while !seen.load(Ordering::Acquire) {
                let slept = coming.0.park(owner(), &coming.1, None);
                slept.expect("it never fails");
            }
        },
    );
    spare.join().unwrap();
}

/// Two spares come for one post, called by the monitor and by the task itself: one of them has it.
pub fn two_for_one_post<const SWAP: bool>() {
    let post = Arc::new(Post::new(owner()));
    let taken = std::sync::Arc::new(AtomicUsize::new(0));
    let take = |index: usize| {
        let (post, taken) = (post.clone(), taken.clone());
        move || {
            if post.take_over(owner(), WorkerId::new(index)) {
                taken.fetch_add(index, SeqCst);
            }
        }
    };
    together::<SWAP>(take(1), take(2));
    assert!(
        post.is_held_by(WorkerId::new(taken.load(SeqCst))),
        "two took it, or nobody"
    );
}

fn service(spares: usize) -> Arc<Service> {
    let rescue = Rescue::off().max_spares(spares);
    Arc::new(Service::new(&rescue, None, 2).expect("spares may come"))
}

/// A spare is about to start while the executor closes: none starts after that.
pub fn start_against_close<const SWAP: bool>() {
    let service = service(1);
    let closed = std::sync::Arc::new(AtomicUsize::new(0));
    let (closing, done) = (service.clone(), closed.clone());
    together::<SWAP>(
        move || {
            service.admit(|| {
                assert_eq!(closed.load(SeqCst), 0, "a spare starts after the end");
                true
            });
        },
        move || {
            closing.close();
            done.store(1, SeqCst);
        },
    );
}

/// Two workers are stuck at once, and one spare may come: it is one that comes.
pub fn two_stuck_one_spare<const SWAP: bool>() {
    let service = service(1);
    let (first, second) = (service.clone(), service.clone());
    together::<SWAP>(
        move || {
            first.admit(|| true);
        },
        move || {
            second.admit(|| true);
        },
    );
    assert_eq!(service.metrics().spare_workers, 1);
}
