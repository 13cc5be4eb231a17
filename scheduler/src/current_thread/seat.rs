//! The seat of a [`CurrentThread`]: which thread drives, who waits to, and how it passes on.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::{CurrentThread, Driven, Main};
use crate::block_on::Parked;
use crate::mutants::{Mutant, planted};
use crate::worker::AnyWorker;
use crate::{context, coop};

/// Who drives: the worker is here while nobody does.
pub(super) struct Seat {
    worker: Option<Box<dyn Driven>>,
    waiting: Vec<Arc<Parked>>,
    // A task's panic has closed the executor, and the worker is gone.
    over: bool,
}

impl Seat {
    /// A seat that is free.
    pub(super) fn new(worker: Box<dyn Driven>) -> Self {
        Seat {
            worker: Some(worker),
            waiting: Vec::new(),
            over: false,
        }
    }

    /// The worker, at the end of the executor; `None` if it has left before.
    pub(super) fn clear(&mut self) -> Option<Box<dyn Driven>> {
        self.worker.take()
    }

    /// One of those who wait, if there is something for it to do.
    fn next(&mut self) -> Option<Arc<Parked>> {
        if self.worker.is_some() || self.over {
            self.waiting.pop()
        } else {
            None
        }
    }
}

impl CurrentThread {
    /// Waits until the future is done, or until nobody drives.
    pub(super) fn wait_for_seat<F: Future>(&self, mut future: Pin<&mut F>) -> Turn<'_, F::Output> {
        if let Some(turn) = self.take_seat(None) {
            return turn;
        }
        let parked = Parked::new();
        let waker = Waker::from(parked.clone());
        let mut cx = Context::from_waker(&waker);
        let _waiting = Waiting {
            executor: self,
            parked: &parked,
        };
        loop {
            if let Some(turn) = self.take_seat(Some(&parked)) {
                return turn;
            }
            let poll = coop::with_budget(coop::UNLIMITED, || future.as_mut().poll(&mut cx));
            if let Poll::Ready(output) = poll {
                return Turn::Done(output);
            }
            parked.park();
        }
    }

    /// Takes the worker; if somebody has it, leaves word that `waiter` waits for it.
    fn take_seat<T>(&self, waiter: Option<&Arc<Parked>>) -> Option<Turn<'_, T>> {
        let mut seat = self.seat.lock();
        if seat.over {
            return Some(Turn::Over);
        }
        if let Some(worker) = seat.worker.take() {
            return Some(Turn::Drive(Driving {
                executor: self,
                worker: Some(worker),
            }));
        }
        if let Some(waiter) = waiter
            && !seat.waiting.iter().any(|other| Arc::ptr_eq(other, waiter))
        {
            seat.waiting.push(waiter.clone());
        }
        None
    }
}

/// How the wait for the seat ended.
pub(super) enum Turn<'a, T> {
    Done(T),
    Drive(Driving<'a>),
    /// Nobody drives any more.
    Over,
}

/// This thread drives; dropped, also by a panic of the main future, it lets the next one.
pub(super) struct Driving<'a> {
    executor: &'a CurrentThread,
    worker: Option<Box<dyn Driven>>,
}

impl Driving<'_> {
    pub(super) fn run(self, main: &mut Main<'_>) {
        if let Some(driven) = &self.worker {
            let worker = driven.worker();
            let _context = context::enter(worker);
            let _driver = worker.enter_driver();
            worker.rouse();
            let _working = Working::begin(worker);
            driven.run_until(main);
        }
    }
}

/// The worker is at work until this is dropped.
struct Working<'a>(&'a AnyWorker);

impl<'a> Working<'a> {
    fn begin(worker: &'a AnyWorker) -> Self {
        worker.remote().busy.begin();
        Working(worker)
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.remote().busy.end();
    }
}

impl Drop for Driving<'_> {
    fn drop(&mut self) {
        let mut worker = self.worker.take();
        if let Some(worker) = &worker {
            worker.worker().stop_driving();
        }
        let over = self.executor.shared().watch.flags().is_failed();
        if over && let Some(worker) = worker.take() {
            worker.leave();
        }
        let mut seat = self.executor.seat.lock();
        seat.worker = worker;
        seat.over = over;
        let next = seat.next();
        drop(seat);
        if let Some(next) = next
            && !planted(Mutant::SeatPassedToNobody)
        {
            next.unpark();
        }
    }
}

/// A thread that may have been told to drive; if it goes without, it passes the word on.
struct Waiting<'a> {
    executor: &'a CurrentThread,
    parked: &'a Arc<Parked>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut seat = self.executor.seat.lock();
        seat.waiting
            .retain(|waiting| !Arc::ptr_eq(waiting, self.parked));
        let next = seat.next();
        drop(seat);
        if let Some(next) = next {
            next.unpark();
        }
    }
}
