//! A counter's reading against a look at the clock that sets it anew.

use plies_reactor::model::Ticks;
use plies_shim::model::{Model, together};

use super::*;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "reading against look", reading_against_look, floor 5, bound 3,
        [AnchorBeforeOffset], weak []
    ));
    all
}

/// The clock has gained a tenth of a millisecond on the counter when it is looked at again. Who reads
/// the counter meanwhile either says nothing, for the last look is long ago, or counts from this one.
fn reading_against_look<const SWAP: bool>() {
    const MS: u64 = 1_000_000;
    const GAINED: u64 = MS / 10;
    let ticks = Arc::new(Ticks::new());
    for at in [0, 10 * MS] {
        ticks.observe(at, at, at + 1);
    }
    let (looker, reader) = (ticks.clone(), ticks.clone());
    together::<SWAP>(
        move || looker.observe(500 * MS, 500 * MS + GAINED, 500 * MS + 1),
        move || {
            if let Some(time) = reader.estimate(|| 500 * MS + 2) {
                assert!(time >= 500 * MS + GAINED + 2, "before the clock");
            }
        },
    );
    let time = ticks.estimate(|| 500 * MS + 3).expect("just looked");
    assert!(time >= 500 * MS + GAINED + 3);
}
