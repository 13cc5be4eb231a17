//! Workers on threads of their own.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;

use plies_task::Cause;

use super::ledger::{Ledger, Token};
use super::world::{self, LOOKS};
use super::{Check, Violation};
use crate::random::Random;
use crate::{Scheduler, WorkerId};

const WORKERS: usize = 3;
const TASKS: usize = 400;
/// How often each task is taken.
const ROUNDS: usize = 60;

pub(super) fn check<S: Scheduler>(make: impl Fn() -> S) -> Result<(), Violation> {
    let random = &mut Random::new(1);
    let (ledger, tokens) = Ledger::new(TASKS, |index| world::attributes(index % WORKERS, random));
    let (outbox, inbox) = mpsc::channel();
    for token in tokens {
        let _ = outbox.send(token);
    }
    let scheduler = make();
    let race = Race {
        pinned: scheduler.pinned(),
        scheduler,
        ledger,
        taken: AtomicUsize::new(0),
        violation: Mutex::new(None),
        over: AtomicBool::new(false),
    };
    // On a violation it is leaked: the destructor of a wrong scheduler may do any harm.
    let race = ManuallyDrop::new(race);
    let locals = race.run(inbox, &outbox);
    race.verdict()?;
    let mut locals = locals;
    race.drain(&mut locals)?;
    drop((locals, ManuallyDrop::into_inner(race)));
    Ok(())
}

struct Race<S: Scheduler> {
    scheduler: S,
    pinned: bool,
    ledger: Ledger,
    // Tasks that came out so far.
    taken: AtomicUsize,
    violation: Mutex<Option<Violation>>,
    over: AtomicBool,
}

impl<S: Scheduler> Race<S> {
    /// Runs workers and injector to the end, and returns the workers' parts.
    fn run(&self, inbox: Receiver<Token>, outbox: &Sender<Token>) -> Vec<(usize, S::Local)> {
        let locals = (0..WORKERS).map(|worker| {
            let local = self.scheduler.attach(WorkerId::new(worker));
            (worker, local)
        });
        let locals: Vec<_> = locals.collect();
        thread::scope(|scope| {
            scope.spawn(move || self.inject_all(&inbox));
            let workers: Vec<_> = locals
                .into_iter()
                .map(|(worker, local)| {
                    let outbox = outbox.clone();
                    scope.spawn(move || (worker, self.work(worker, local, &outbox)))
                })
                .collect();
            let end = workers.into_iter().map(|worker| worker.join());
            let end = end.collect::<Result<_, _>>();
            self.over.store(true, Ordering::SeqCst);
            end.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst) || self.taken.load(Ordering::SeqCst) >= TASKS * ROUNDS
    }

    /// Injects what the workers did not push again.
    fn inject_all(&self, inbox: &Receiver<Token>) {
        while !self.is_over() {
            match inbox.try_recv() {
                Ok(token) => self
                    .scheduler
                    .inject(self.ledger.hand_in(token), Cause::Woken),
                Err(_) => thread::yield_now(),
            }
        }
    }

    fn work(&self, worker: usize, mut local: S::Local, outbox: &Sender<Token>) -> S::Local {
        let mut random = Random::new(worker as u64);
        let mut vain = 0u32;
        while !self.is_over() {
            let Some(token) = self.take(worker, &mut local) else {
                // Nobody is that unlucky: the tasks that are missing are lost.
                vain += 1;
                if vain > 2_000_000 {
                    self.over.store(true, Ordering::SeqCst);
                }
                thread::yield_now();
                continue;
            };
            vain = 0;
            match random.below(4) {
                0 => {
                    let _ = outbox.send(token);
                }
                _ => {
                    let cause = [Cause::Yielded, Cause::Woken][random.below(2)];
                    let task = self.ledger.hand_in(token);
                    self.scheduler.push(&mut local, task, cause);
                }
            }
        }
        local
    }

    fn take(&self, worker: usize, local: &mut S::Local) -> Option<Token> {
        let task = self.scheduler.next(local);
        let task = task.or_else(|| self.scheduler.steal(local))?;
        self.taken.fetch_add(1, Ordering::SeqCst);
        match self.ledger.take(task) {
            Ok(token) if self.pinned && token.index % WORKERS != worker => {
                let detail = format!("task {} came out on worker {worker}", token.index);
                self.report(Violation::new(Check::Stays, detail))
            }
            Ok(token) => Some(token),
            Err(violation) => self.report(violation),
        }
    }

    fn report(&self, violation: Violation) -> Option<Token> {
        let mut first = self
            .violation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(violation.during("on threads"));
        self.over.store(true, Ordering::SeqCst);
        None
    }

    fn verdict(&self) -> Result<(), Violation> {
        let mut first = self
            .violation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        first.take().map_or(Ok(()), Err)
    }

    /// One worker after the other takes what is left; there must be no more then.
    fn drain(&self, locals: &mut [(usize, S::Local)]) -> Result<(), Violation> {
        for _ in 0..LOOKS {
            for (worker, local) in &mut *locals {
                while self.take(*worker, local).is_some() {}
            }
        }
        self.verdict()?;
        match self.ledger.left_over() {
            None => Ok(()),
            Some(index) => {
                let detail = format!("on threads: task {index} never came out again");
                Err(Violation::new(Check::NoneLost, detail))
            }
        }
    }
}
