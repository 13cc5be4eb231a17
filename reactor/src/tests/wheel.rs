//! The wheel against a `BTreeMap`: arm, cancel, re-arm and advance in any order.
//!
//! Quick by default; `PLIES_WHEEL_OPERATIONS=10000000` is what CI runs.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Wake, Waker};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::time::entry::{Entry, Stage};
use crate::time::wheel::Wheel;
use crate::time::{NEVER, Nanos};

#[derive(Clone, Debug)]
enum Operation {
    Arm {
        after: Nanos,
    },
    Cancel {
        pick: usize,
    },
    Rearm {
        pick: usize,
        after: Nanos,
    },
    Advance {
        by: Nanos,
    },
    /// Exactly to the first deadline, or one nanosecond short of it.
    Approach {
        short: bool,
    },
}

/// Any power of two and its surroundings: the edges of all levels.
fn span() -> impl Strategy<Value = Nanos> {
    (0..64u32, any::<Nanos>())
        .prop_map(|(bits, noise)| (noise & ((1 << bits) - 1)) | 1 << bits >> 1)
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        5 => span().prop_map(|after| Operation::Arm { after }),
        2 => any::<usize>().prop_map(|pick| Operation::Cancel { pick }),
        2 => (any::<usize>(), span()).prop_map(|(pick, after)| Operation::Rearm { pick, after }),
        2 => (0..40u32, any::<Nanos>()).prop_map(|(bits, by)| Operation::Advance { by: by & ((1 << bits) - 1) }),
        3 => any::<bool>().prop_map(|short| Operation::Approach { short }),
    ]
}

/// What a test timer's waker says of it; never woken.
struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

struct Pair {
    wheel: Wheel,
    waker: Waker,
    now: Nanos,
    /// Armed timers by deadline and then by age: the order in which they are due.
    model: BTreeMap<(Nanos, u64), Pin<Box<Entry>>>,
    age: u64,
}

impl Pair {
    fn new(now: Nanos) -> Self {
        let waker = Waker::from(Arc::new(Nobody));
        Self {
            wheel: Wheel::new(now),
            waker,
            now,
            model: BTreeMap::new(),
            age: 0,
        }
    }

    fn arm(&mut self, entry: Pin<Box<Entry>>, after: Nanos) {
        let deadline = self.now.saturating_add(after);
        self.age += 1;
        // SAFETY: boxed, idle, and in the model until it is cancelled or due.
        unsafe {
            entry.set_deadline(deadline);
            self.wheel
                .insert(NonNull::from(&*entry), self.waker.clone());
        }
        self.model.insert((deadline, self.age), entry);
    }

    fn cancel(&mut self, pick: usize) -> Option<Pin<Box<Entry>>> {
        let key = *self.model.keys().nth(pick % self.model.len().max(1))?;
        let entry = self.model.remove(&key)?;
        // SAFETY: it was in the model, so it is armed.
        drop(unsafe { self.wheel.remove(NonNull::from(&*entry)) });
        assert_eq!(entry.stage(), Stage::Idle);
        Some(entry)
    }

    fn advance(&mut self, to: Nanos) {
        self.now = to;
        self.wheel.advance(to);
        let later = match to {
            NEVER => BTreeMap::new(),
            _ => self.model.split_off(&(to + 1, 0)),
        };
        let due = std::mem::replace(&mut self.model, later);
        let fired = std::iter::from_fn(|| self.wheel.pop_due(Stage::Fired)).count();
        assert_eq!(fired, due.len());
        assert!(due.values().all(|entry| entry.stage() == Stage::Fired));
        assert!(
            self.model
                .values()
                .all(|entry| entry.stage() == Stage::Armed)
        );
    }

    fn first(&self) -> Nanos {
        self.model
            .keys()
            .next()
            .map_or(NEVER, |(deadline, _)| *deadline)
    }

    fn apply(&mut self, operation: &Operation) {
        match *operation {
            Operation::Arm { after } => self.arm(Box::pin(Entry::new(0)), after),
            Operation::Cancel { pick } => drop(self.cancel(pick)),
            Operation::Rearm { pick, after } => {
                if let Some(entry) = self.cancel(pick) {
                    self.arm(entry, after);
                }
            }
            Operation::Advance { by } => self.advance(self.now.saturating_add(by)),
            Operation::Approach { short } => {
                let to = self.first().saturating_sub(Nanos::from(short));
                if to != NEVER - Nanos::from(short) && to >= self.now {
                    self.advance(to);
                }
            }
        }
        assert_eq!(self.wheel.is_empty(), self.model.is_empty());
        assert!(self.wheel.next() <= self.first().max(self.now));
        assert!(self.model.is_empty() || self.wheel.next() >= self.now || self.first() <= self.now);
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.wheel.advance(NEVER);
        while self.wheel.pop_due(Stage::Gone).is_some() {}
    }
}

#[test]
fn the_wheel_agrees_with_a_btreemap() {
    const LENGTH: usize = 1_000;
    let wanted = std::env::var("PLIES_WHEEL_OPERATIONS")
        .ok()
        .and_then(|n| n.parse().ok());
    let cases = wanted.unwrap_or(20_000usize).div_ceil(LENGTH) as u32;
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let start = prop_oneof![Just(0), any::<Nanos>(), Just(NEVER - 1_000)];
    let operations = prop::collection::vec(operation(), LENGTH..=LENGTH);
    TestRunner::new(config)
        .run(&(start, operations), |(start, operations)| {
            let mut pair = Pair::new(start);
            operations
                .iter()
                .for_each(|operation| pair.apply(operation));
            Ok(())
        })
        .unwrap();
}

/// The times at which a wheel that is advanced from `next` to `next` fires: what a paused clock does.
#[test]
fn stepping_from_next_to_next_fires_each_timer_at_its_deadline() {
    let mut pair = Pair::new(12_345);
    let spans = [
        1,
        63,
        64,
        65,
        4_095,
        4_096,
        1 << 30,
        (1 << 30) + 1,
        1 << 50,
        NEVER >> 1,
    ];
    for after in spans {
        pair.arm(Box::pin(Entry::new(0)), after);
        pair.arm(Box::pin(Entry::new(0)), after);
    }
    while !pair.model.is_empty() {
        let (next, first) = (pair.wheel.next(), pair.first());
        assert_eq!(next, first, "exact as long as nothing was cancelled");
        let before = pair.model.len();
        pair.advance(next);
        assert_eq!(before - pair.model.len(), 2);
    }
}

/// A timer that was cancelled costs at most one look too early for each slot it shared.
#[test]
fn a_cancelled_first_timer_makes_next_early_and_never_late() {
    let mut pair = Pair::new(0);
    pair.arm(Box::pin(Entry::new(0)), 1_000_000);
    pair.arm(Box::pin(Entry::new(0)), 1_000_500);
    pair.cancel(0);
    let mut looks = 0;
    while !pair.model.is_empty() {
        assert!(pair.wheel.next() <= pair.first());
        pair.advance(pair.wheel.next());
        looks += 1;
    }
    assert!(looks <= 2, "{looks}");
}
