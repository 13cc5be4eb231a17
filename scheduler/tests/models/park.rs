//! The thread parker: no token is lost, whoever comes first.

use std::sync::Arc;

use super::{both_orders, together};
use plies_scheduler::{Driver, ThreadParker};
use plies_shim::cell::UnsafeCell;
use plies_shim::model::Model;

pub fn models() -> Vec<Model> {
    both_orders!(
        "park against unpark", park_against_unpark, floor 5, bound 3,
        [UnparkSkipsLock, ParkForgetsToken], weak []
    )
    .into()
}

/// What the unparker wrote before.
struct Written(UnsafeCell<u32>);

// SAFETY: the model's point: the token orders the write before the read.
unsafe impl Sync for Written {}

/// The sleeper wakes, and sees what was written before the unpark.
fn park_against_unpark<const SWAP: bool>() {
    let parker = Arc::new(ThreadParker::new());
    let written = Arc::new(Written(UnsafeCell::new(0)));
    let (unparker, write) = (parker.clone(), written.clone());
    together::<SWAP>(
        move || {
            parker.park(None).expect("it never fails");
            // SAFETY: the other thread writes before it unparks, and not after.
            assert_eq!(written.0.with(|value| unsafe { *value }), 1);
        },
        move || {
            // SAFETY: the sleeper reads after it was unparked.
            write.0.with_mut(|value| unsafe { *value = 1 });
            unparker.unpark();
        },
    );
}
