//! The runner and the shim's own types, under whichever back-end the build names.

use plies_shim::both_orders;
use plies_shim::cell::UnsafeCell;
use plies_shim::model::{self, Model, together};
use plies_shim::mutant::Planted;
use plies_shim::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use plies_shim::sync::{Arc, Condvar, Mutex};
use plies_shim::thread;

/// Two threads add one each.
fn increments(increment: fn(&AtomicU64)) {
    let counter = Arc::new(AtomicU64::new(0));
    let other = counter.clone();
    let thread = thread::spawn(move || increment(&other));
    increment(&counter);
    thread.join().unwrap();
    assert_eq!(counter.load(Ordering::Relaxed), 2, "an increment is lost");
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn load_then_store(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// A cell published through a flag.
struct Message {
    ready: AtomicBool,
    value: UnsafeCell<u64>,
}

// SAFETY: `value` is written before `ready` is set and read after it was seen.
unsafe impl Sync for Message {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for Message {}

/// What can be wrong with the message.
#[derive(Clone, Copy)]
enum Mutant {
    ReadyDoesNotPublish,
}

static PLANTED: Planted = Planted::nothing();

impl Mutant {
    fn plant(self) {
        PLANTED.plant(self as u8);
    }

    fn is_planted(self) -> bool {
        PLANTED.is(self as u8)
    }
}

/// One writes and says that it is ready; the other reads if it is.
fn message<const SWAP: bool>() {
    let message = Arc::new(Message {
        ready: AtomicBool::new(false),
        value: UnsafeCell::new(0),
    });
    let sent = message.clone();
    together::<SWAP>(
        move || {
            // SAFETY: nobody reads before `ready` is set.
            sent.value.with_mut(|value| unsafe { *value = 7 });
            let publish = match Mutant::ReadyDoesNotPublish.is_planted() {
                true => Ordering::Relaxed,
                false => Ordering::Release,
            };
            sent.ready.store(true, publish);
        },
        move || {
            if message.ready.load(Ordering::Acquire) {
                // SAFETY: the write came before `ready`, and was the only one.
                assert_eq!(message.value.with(|value| unsafe { *value }), 7);
            }
        },
    );
}

/// One waits for a flag the other sets.
fn condvar(notify: bool) {
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let other = pair.clone();
    let thread = thread::spawn(move || {
        *other.0.lock() = true;
        if notify {
            other.1.notify_one();
        }
    });
    let mut set = pair.0.lock();
    while !*set {
        set = pair.1.wait(set);
    }
    drop(set);
    thread.join().unwrap();
}

fn main() -> std::process::ExitCode {
    let mut all = vec![
        Model::new("two increments", || increments(add))
            .floor(2)
            .bug("load then store", || increments(load_then_store)),
        Model::new("a condition variable", || condvar(true))
            .floor(2)
            .bug("not notified", || condvar(false)),
    ];
    all.extend(both_orders!(
        Mutant: "a message behind a flag", message, floor 2,
        [], weak [ReadyDoesNotPublish]
    ));
    model::main(&all)
}
