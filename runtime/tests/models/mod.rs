//! The models: in each a deadlock is the failure, for a job that nobody runs is waited for.

use std::time::Duration;

use plies_shim::model::Model;
use plies_shim::sync::{Arc, Condvar, Mutex};
use plies_shim::thread;

use crate::crew::{Crew, Submitted};
use crate::mutants::Mutant;

/// How long an idle thread stays: for ever, or not at all. Neither looks at a clock.
const STAYS: Duration = Duration::MAX;
const LEAVES: Duration = Duration::ZERO;

/// Counts the jobs that were run, and waits for them.
#[derive(Clone)]
struct Done(Arc<(Mutex<u32>, Condvar)>);

impl Done {
    fn new() -> Self {
        Self(Arc::new((Mutex::new(0), Condvar::new())))
    }

    fn count_one(&self) {
        *self.0.0.lock() += 1;
        self.0.1.notify_all();
    }

    fn wait_for(&self, jobs: u32) {
        let mut count = self.0.0.lock();
        while *count < jobs {
            count = self.0.1.wait(count);
        }
    }
}

fn crew(keep_alive: Duration) -> (Arc<Crew<Done>>, Done) {
    (Arc::new(Crew::new(1, keep_alive)), Done::new())
}

/// Takes the only place, as a submission that found no thread does, without a job to run.
fn take_place(crew: &Crew<Done>) {
    let unused = Done::new();
    assert!(matches!(crew.submit(unused), Ok(Submitted::StartThread)));
}

/// What a thread of the crew does.
fn work(crew: &Crew<Done>) {
    let mut member = crew.join();
    while let Some(job) = member.next() {
        job.count_one();
    }
}

/// Brings a job, and becomes its thread if that is needed.
fn bring(crew: &Crew<Done>, done: &Done) {
    match crew.submit(done.clone()) {
        Ok(Submitted::StartThread) => work(crew),
        Ok(Submitted::Seen) => {}
        Err(_) => panic!("the crew is not closed"),
    }
}

/// A job arrives while the only thread goes to sleep.
fn sleeping(main_works: bool) {
    let (crew, done) = crew(STAYS);
    take_place(&crew);
    let end = |crew: &Crew<Done>, done: &Done| {
        bring(crew, done);
        done.wait_for(1);
        crew.close();
    };
    let other = (crew.clone(), done.clone());
    if main_works {
        let bringer = thread::spawn(move || end(&other.0, &other.1));
        work(&crew);
        bringer.join().unwrap();
    } else {
        let worker = thread::spawn(move || work(&other.0));
        end(&crew, &done);
        worker.join().unwrap();
    }
    assert_eq!(crew.threads(), 0);
}

/// A job arrives while the only thread leaves for lack of work.
fn leaving(main_works: bool) {
    let (crew, done) = crew(LEAVES);
    take_place(&crew);
    let other = (crew.clone(), done.clone());
    if main_works {
        let bringer = thread::spawn(move || bring(&other.0, &other.1));
        work(&crew);
        bringer.join().unwrap();
    } else {
        let worker = thread::spawn(move || work(&other.0));
        bring(&crew, &done);
        worker.join().unwrap();
    }
    // Nobody is left to run it, so it has been run, or never will be.
    done.wait_for(1);
    assert_eq!(crew.threads(), 0);
}

/// The crew is closed while its thread goes to sleep, and somebody waits for the end.
fn closing(main_works: bool) {
    let (crew, _) = crew(STAYS);
    take_place(&crew);
    let end = |crew: &Crew<Done>| {
        crew.close();
        assert_eq!(crew.wait_empty(Duration::MAX), 0);
    };
    let other = crew.clone();
    if main_works {
        let closer = thread::spawn(move || end(&other));
        work(&crew);
        closer.join().unwrap();
    } else {
        let worker = thread::spawn(move || work(&other));
        end(&crew);
        worker.join().unwrap();
    }
}

/// Two jobs arrive from two threads, for one thread that goes to sleep in between.
fn two_bringers() {
    let (crew, done) = crew(STAYS);
    take_place(&crew);
    let worker = thread::spawn({
        let crew = crew.clone();
        move || work(&crew)
    });
    let bringer = thread::spawn({
        let (crew, done) = (crew.clone(), done.clone());
        move || bring(&crew, &done)
    });
    bring(&crew, &done);
    done.wait_for(2);
    crew.close();
    bringer.join().unwrap();
    worker.join().unwrap();
}

fn with(mutant: Mutant, body: fn(bool), main_works: bool) {
    mutant.plant();
    body(main_works);
}

pub fn models() -> Vec<Model> {
    use Mutant::{LeaveInSilence, LeaveWithoutLook, SleepWithoutLook, StaleSleeperCounts};
    vec![
        Model::new("a job against a thread that goes to sleep", || {
            sleeping(false)
        })
        .preemptions(3)
        .floor(200)
        .bug("sleeps without a look", || {
            with(SleepWithoutLook, sleeping, false)
        }),
        Model::new("a thread that goes to sleep against a job", || {
            sleeping(true)
        })
        .preemptions(3)
        .floor(500)
        .bug("sleeps without a look", || {
            with(SleepWithoutLook, sleeping, true)
        }),
        Model::new("a job against a thread that leaves", || leaving(false))
            .preemptions(3)
            .floor(60)
            .bug("leaves without a look", || {
                with(LeaveWithoutLook, leaving, false)
            })
            .bug("a stale sleeper is woken", || {
                with(StaleSleeperCounts, leaving, false)
            }),
        Model::new("a thread that leaves against a job", || leaving(true))
            .preemptions(3)
            .floor(250)
            .bug("leaves without a look", || {
                with(LeaveWithoutLook, leaving, true)
            }),
        Model::new("closing against a thread that goes to sleep", || {
            closing(false)
        })
        .preemptions(3)
        .floor(80)
        .bug("sleeps without a look", || {
            with(SleepWithoutLook, closing, false)
        })
        .bug("leaves in silence", || with(LeaveInSilence, closing, false)),
        Model::new("a thread that goes to sleep against closing", || {
            closing(true)
        })
        .preemptions(3)
        .floor(130)
        .bug("sleeps without a look", || {
            with(SleepWithoutLook, closing, true)
        }),
        Model::new("two jobs against a thread that goes to sleep", two_bringers)
            .preemptions(2)
            .floor(1000)
            .bug("sleeps without a look", || {
                SleepWithoutLook.plant();
                two_bringers();
            }),
    ]
}
