//! Turns over a fake selector that delivers events in an order, and in portions, drawn from a seed:
//! whatever the order, a task that waits for bytes that are there has been woken.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::Woken;
use crate::sys::fake::{self, Source};
use crate::{Async, Clock, Direction, Reactor};

/// A task that reads one source, one byte at a time.
struct Task {
    source: Source,
    io: Async<Source>,
    woken: Arc<Woken>,
    sent: usize,
    received: usize,
}

impl Task {
    fn new(reactor: &Reactor) -> Self {
        let source = Source::new();
        let io = Async::with_handle(source.clone(), reactor.handle()).unwrap();
        let woken = Woken::already();
        Self {
            source,
            io,
            woken,
            sent: 0,
            received: 0,
        }
    }

    fn feed(&mut self) {
        self.source.feed(1);
        self.sent += 1;
    }

    /// Polls it as an executor would: if it was woken, until it is pending.
    fn run(&mut self) {
        if !self.woken.take() {
            return;
        }
        let waker = Waker::from(self.woken.clone());
        let mut cx = Context::from_waker(&waker);
        while let Poll::Ready(read) = self.io.poll_io(&mut cx, Direction::Read, |s| s.read(1)) {
            self.received += read.unwrap();
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn paused(clock: &Clock) -> Reactor {
    Reactor::builder().clock(clock.clone()).build().unwrap()
}

fn look(reactor: &Reactor) {
    reactor.turn(Some(Duration::ZERO)).unwrap();
}

fn run(seed: u64) {
    fake::seed(seed);
    let clock = Clock::new();
    clock.pause();
    let reactors = [paused(&clock), paused(&clock)];
    let mut random = Random(seed);
    let mut tasks: Vec<Task> = (0..4).map(|_| Task::new(&reactors[0])).collect();
    for _ in 0..200 {
        let nth = random.below(tasks.len());
        match random.below(8) {
            0..=2 => tasks[nth].feed(),
            3 | 4 => tasks[nth].run(),
            5 => look(&reactors[random.below(2)]),
            6 => tasks[nth]
                .io
                .move_to(reactors[random.below(2)].handle())
                .unwrap(),
            _ => tasks[nth] = Task::new(&reactors[random.below(2)]),
        }
    }
    // Enough looks to take every event, however small the portions.
    for _ in 0..64 {
        reactors.iter().for_each(look);
        tasks.iter_mut().for_each(Task::run);
    }
    for task in &tasks {
        assert_eq!(task.received, task.sent, "seed {seed}");
    }
}

#[test]
fn no_order_of_events_loses_a_wake_up() {
    let seeds = std::env::var("PLIES_EVENT_SEEDS")
        .ok()
        .and_then(|n| n.parse().ok());
    (1..=seeds.unwrap_or(2_000)).for_each(run);
}
