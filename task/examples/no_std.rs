//! Tasks without std: eight slots of atomics for a queue, so that an interrupt handler may wake.
//!
//! `cargo run -p plies-task --no-default-features --example no_std`
#![no_std]

// Only for `main` to start and to print.
extern crate std;

use core::future::poll_fn;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use core::task::Poll;
use plies_task::{Cause, Runnable, Schedule, spawn};

/// A ready task in each slot that is not null.
static READY: [AtomicPtr<()>; 8] = [const { AtomicPtr::new(null_mut()) }; 8];

/// A scheduler without a value: all it has is static.
#[derive(Clone, Copy)]
struct Slots;

impl Schedule for Slots {
    fn schedule(&self, task: Runnable, _cause: Cause) {
        let task = task.into_raw().as_ptr();
        let put = |slot: &AtomicPtr<()>| {
            slot.compare_exchange(null_mut(), task, Ordering::Release, Ordering::Relaxed)
                .is_ok()
        };
        assert!(
            READY.iter().any(put),
            "more than eight tasks: enlarge READY"
        );
    }
}

/// Runs every ready task once; `false` if there was none. A device would sleep then.
fn run_ready() -> bool {
    let mut ran = false;
    for slot in &READY {
        if let Some(task) = NonNull::new(slot.swap(null_mut(), Ordering::Acquire)) {
            // SAFETY: it came from `into_raw` in `schedule`, and the swap took it out.
            unsafe { Runnable::<()>::from_raw(task) }.run();
            ran = true;
        }
    }
    ran
}

/// What a timer interrupt would count.
static TICKS: AtomicU32 = AtomicU32::new(0);

async fn after_ticks(ticks: u32) -> u32 {
    poll_fn(|cx| match TICKS.load(Ordering::Relaxed) {
        now if now >= ticks => Poll::Ready(now),
        _ => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

fn main() {
    let (blink, _) = spawn(after_ticks(3), Slots);
    let (log, done) = spawn(after_ticks(5), Slots);
    blink.schedule();
    log.schedule();
    while run_ready() {
        TICKS.fetch_add(1, Ordering::Relaxed);
    }
    std::println!(
        "finished: {}, after {} ticks",
        done.is_finished(),
        TICKS.load(Ordering::Relaxed)
    );
}
