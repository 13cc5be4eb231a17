//! The scenarios of two threads that loom explores, and shuttle at random.

use std::collections::VecDeque;
use std::sync::Arc;

use plies_shim::cell::UnsafeCell;
use plies_shim::model::Model;
use plies_shim::sync::atomic::{AtomicBool, Ordering, fence};
use plies_shim::thread;
use plies_task::Cause;

use super::Check;
use super::ledger::{Ledger, Token};
use super::specimen::{Flaw, Specimen};
use super::unseen::Unseen;
use crate::{Attributes, Runnable, Scheduler, WorkerId};

/// What makes the scheduler of a model; [`conformance_models!`](crate::conformance_models)
/// implements it, since a model's body captures nothing.
pub trait Subject: 'static {
    /// A new scheduler.
    fn scheduler() -> impl Scheduler;
}

/// The two roles of a scenario are played by the main thread and a spawned one, or the other way
/// round: loom explores the two differently.
#[derive(Clone, Copy)]
enum Order {
    FirstOnMain,
    SecondOnMain,
}

use Order::{FirstOnMain, SecondOnMain};

/// The models of one scheduler, named after it: what
/// [`conformance_models!`](crate::conformance_models) collects.
pub fn models<T: Subject>(scheduler: &str) -> Vec<Model> {
    let model = |scenario: &str, floor: u64, body: fn()| {
        Model::new(format!("{scheduler}: {scenario}"), body).floor(floor)
    };
    macro_rules! scenario {
        ($name:literal, $body:ident, $prefill:literal, floor $floor:literal,
         $planted:ident $flaw:ident $($blind:ident)?) => {
            [
                scenario!(@one concat!($name, ", first on main"), $body, $prefill, FirstOnMain,
                    $floor, $planted $flaw $($blind)?),
                scenario!(@one concat!($name, ", second on main"), $body, $prefill, SecondOnMain,
                    $floor, $planted $flaw $($blind)?),
            ]
        };
        (@one $name:expr, $body:ident, $prefill:literal, $order:ident, $floor:literal,
         $planted:ident $flaw:ident $($blind:ident)?) => {
            model($name, $floor, || $body(T::scheduler(), $prefill, $order))
                .$planted(stringify!($flaw), || {
                    $body(Specimen::with(Flaw::$flaw), $prefill, $order)
                })
                $(.$blind("std's lock", || $body(Unseen::default(), $prefill, $order)))?
        };
    }
    // A floor lies above what loom explores of a scheduler that it does not see: one execution, or
    // 15 where the scenario has an atomic of its own. The `blind` bodies hold it to that.
    [
        scenario!("inject, take", inject, 0, floor 4, bug TearsOnFetch blind),
        scenario!("inject behind one, take", inject, 1, floor 4, bug TearsOnFetch blind),
        scenario!("push, steal", steal, 0, floor 4, bug TearsOnSteal blind),
        scenario!("take from two, steal", steal, 2, floor 4, bug TearsOnSteal blind),
        scenario!("the last task", steal, 1, floor 4, bug TearsOnSteal blind),
        scenario!("inject, fall asleep", fall_asleep, 0, floor 20, bug HasReadyLies blind),
        scenario!("write, hand over, read", publish, 0, floor 4, weak_bug HandsOverUnpublished),
        scenario!("push, a spare worker joins", spare, 0, floor 4, bug KeepsToItself blind),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A thread's part in a scenario: it may be a worker, and has tasks to hand in.
struct Player<S: Scheduler> {
    scheduler: Arc<S>,
    ledger: Arc<Ledger>,
    worker: Option<(WorkerId, S::Local)>,
    tokens: VecDeque<Token>,
    taken: Vec<Token>,
}

impl<S: Scheduler> Player<S> {
    fn attach(&mut self, worker: usize) {
        let worker = WorkerId::new(worker);
        self.worker = Some((worker, self.scheduler.attach(worker)));
    }

    fn hand_in(&mut self) -> Runnable {
        let token = self
            .tokens
            .pop_front()
            .expect("the scenario has as many tasks");
        self.ledger.hand_in(token)
    }

    fn inject(&mut self) {
        let task = self.hand_in();
        self.scheduler.inject(task, Cause::Woken);
    }

    fn push(&mut self) {
        let task = self.hand_in();
        let (_, local) = self.worker.as_mut().expect("only workers push");
        self.scheduler.push(local, task, Cause::Woken);
    }

    /// Takes a task, with a second look at what is left alone at the first; returns its number.
    fn take(&mut self) -> Option<usize> {
        let (worker, local) = self.worker.as_mut().expect("only workers take");
        let task = self.scheduler.next(local);
        let task = task.or_else(|| self.scheduler.steal(local));
        let task = task.or_else(|| self.scheduler.steal(local))?;
        let token = self
            .ledger
            .take(task)
            .unwrap_or_else(|violation| panic!("{violation}"));
        assert!(
            !self.scheduler.pinned() || worker.index() == HOME,
            "{:?} is violated: {worker:?} got a task of worker {HOME}",
            Check::Stays
        );
        let index = token.index;
        self.taken.push(token);
        Some(index)
    }

    fn take_all(&mut self) {
        while self.take().is_some() {}
    }
}

/// The worker that every task belongs to, if the scheduler is pinned.
const HOME: usize = 0;

/// Two players; the first has the tasks.
fn players<S: Scheduler>(scheduler: S, tasks: usize) -> (Player<S>, Player<S>) {
    let attributes = |_| Attributes::new().with_worker(WorkerId::new(HOME));
    let (ledger, tokens) = Ledger::new(tasks, attributes);
    let (scheduler, ledger) = (Arc::new(scheduler), Arc::new(ledger));
    let player = |tokens: Vec<Token>| Player {
        scheduler: scheduler.clone(),
        ledger: ledger.clone(),
        worker: None,
        tokens: tokens.into(),
        taken: Vec::new(),
    };
    (player(tokens), player(Vec::new()))
}

/// Plays the two roles at the same time, and returns the players.
fn play<P: Send + 'static>(
    order: Order,
    (mut first, mut second): (P, P),
    first_role: impl FnOnce(&mut P) + Send + 'static,
    second_role: impl FnOnce(&mut P) + Send + 'static,
) -> (P, P) {
    match order {
        FirstOnMain => {
            let other = thread::spawn(move || {
                second_role(&mut second);
                second
            });
            first_role(&mut first);
            (
                first,
                other.join().expect("a violation panics on its own thread"),
            )
        }
        SecondOnMain => {
            let other = thread::spawn(move || {
                first_role(&mut first);
                first
            });
            second_role(&mut second);
            (
                other.join().expect("a violation panics on its own thread"),
                second,
            )
        }
    }
}

/// The workers among the players take what is left: then everything has come out, once. Dropping
/// it all drops each future once.
fn finish<S: Scheduler, const N: usize>(mut players: [Player<S>; N]) {
    let ledger = players[0].ledger.clone();
    for _ in 0..2 {
        let workers = players.iter_mut().filter(|player| player.worker.is_some());
        workers.for_each(Player::take_all);
    }
    let left = ledger.left_over();
    assert_eq!(
        left,
        None,
        "{:?} is violated: a task never came out",
        Check::NoneLost
    );
    let cancelled = ledger.cancelled();
    assert_eq!(
        cancelled,
        None,
        "{:?} is violated: a task was dropped",
        Check::NoneLost
    );
    drop(players);
    ledger
        .all_dropped()
        .unwrap_or_else(|violation| panic!("{violation}"));
}

/// One thread injects two tasks while the worker takes, with `prefill` injected before.
fn inject<S: Scheduler>(scheduler: S, prefill: usize, order: Order) {
    let (mut injector, mut worker) = players(scheduler, prefill + 2);
    worker.attach(HOME);
    (0..prefill).for_each(|_| injector.inject());
    let (injector, worker) = play(
        order,
        (injector, worker),
        |injector| {
            injector.inject();
            injector.inject();
        },
        |worker| {
            worker.take();
            worker.take();
        },
    );
    finish([injector, worker]);
}

/// A worker pushes and takes while another one steals, with `prefill` pushed before. Where tasks
/// are pinned there is nothing to steal, and the other one injects.
fn steal<S: Scheduler>(scheduler: S, prefill: usize, order: Order) {
    let pinned = scheduler.pinned();
    let (mut owner, mut thief) = players(scheduler, 3);
    owner.attach(HOME);
    thief.attach(HOME + 1);
    (0..prefill).for_each(|_| owner.push());
    // One of the tasks is for the thief to inject, if it has to.
    thief.tokens.extend(owner.tokens.pop_back());
    let (owner, thief) = play(
        order,
        (owner, thief),
        move |owner| {
            while !owner.tokens.is_empty() {
                owner.push();
            }
            for _ in 0..prefill.max(1) {
                owner.take();
            }
        },
        move |thief| match pinned {
            true => thief.inject(),
            false => {
                thief.take();
                thief.take();
            }
        },
    );
    finish([owner, thief]);
}

/// A thread injects, and looks whether anybody sleeps; the worker says that it falls asleep, and
/// looks whether there is work. One of them has to see the other.
fn fall_asleep<S: Scheduler>(scheduler: S, _: usize, order: Order) {
    let (injector, mut worker) = players(scheduler, 1);
    worker.attach(HOME);
    let asleep = Arc::new(AtomicBool::new(false));
    let (announced, seen) = (asleep.clone(), Arc::new(AtomicBool::new(false)));
    let (saw_sleeper, saw_work) = (seen.clone(), seen.clone());
    let (injector, worker) = play(
        order,
        (injector, worker),
        move |injector| {
            injector.inject();
            fence(Ordering::SeqCst);
            if asleep.load(Ordering::Relaxed) {
                saw_sleeper.store(true, Ordering::Relaxed);
            }
        },
        move |worker| {
            announced.store(true, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            if worker.scheduler.has_ready_for(WorkerId::new(HOME)) {
                saw_work.store(true, Ordering::Relaxed);
            }
        },
    );
    assert!(
        seen.load(Ordering::Relaxed),
        "{:?} is violated: the worker sleeps, and the task is left",
        Check::HasReady
    );
    finish([injector, worker]);
}

/// What a task's maker wrote, for its taker to read.
struct Written([UnsafeCell<u32>; 2]);

// SAFETY: a cell is written before its task is handed in and read after it came out; that the
// scheduler puts the one before the other is what the model checks.
unsafe impl Sync for Written {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for Written {}

impl Written {
    fn write(&self, task: usize) {
        // SAFETY: the task has not been handed in, so nobody reads.
        self.0[task].with_mut(|cell| unsafe { *cell = 1 });
    }

    fn read(&self, task: usize) {
        // SAFETY: the task came out: its writer is done, if the scheduler publishes.
        let value = self.0[task].with(|cell| unsafe { *cell });
        assert_eq!(value, 1, "a task came out before what was written for it");
    }
}

/// A worker writes, then pushes and injects; another one takes, then reads. Where tasks are pinned,
/// an outsider injects both for the worker.
///
/// A scheduler over atomics that loom does not see fails here, for loom cannot tell that it
/// publishes anything: the other models say so by name.
fn publish<S: Scheduler>(scheduler: S, _: usize, order: Order) {
    let pinned = scheduler.pinned();
    let (mut writer, mut reader) = players(scheduler, 2);
    if pinned {
        reader.attach(HOME);
    } else {
        writer.attach(HOME);
        reader.attach(HOME + 1);
    }
    let written = Arc::new(Written([UnsafeCell::new(0), UnsafeCell::new(0)]));
    let to_read = written.clone();
    let (writer, reader) = play(
        order,
        (writer, reader),
        move |writer| {
            written.write(0);
            match pinned {
                true => writer.inject(),
                false => writer.push(),
            }
            written.write(1);
            writer.inject();
        },
        move |reader| {
            for _ in 0..2 {
                if let Some(task) = reader.take() {
                    to_read.read(task);
                }
            }
        },
    );
    finish([writer, reader]);
}

/// A worker pushes, and is stuck from then on; another one joins meanwhile and takes everything.
/// Where tasks are pinned, the worker goes on, and the other one joins to inject.
fn spare<S: Scheduler>(scheduler: S, _: usize, order: Order) {
    let pinned = scheduler.pinned();
    let (mut stuck, mut spare) = players(scheduler, 3);
    stuck.attach(HOME);
    spare.tokens.extend(stuck.tokens.pop_back());
    let (stuck, mut spare) = play(
        order,
        (stuck, spare),
        move |stuck| {
            stuck.push();
            stuck.push();
            if pinned {
                stuck.take();
            }
        },
        move |spare| {
            spare.attach(HOME + 1);
            if pinned {
                spare.inject();
            } else {
                spare.take();
                spare.take();
            }
        },
    );
    if !pinned {
        spare.take_all();
        let left = spare.ledger.left_over();
        assert_eq!(left, None, "{:?} is violated", Check::SpareWorker);
    }
    finish([stuck, spare]);
}
