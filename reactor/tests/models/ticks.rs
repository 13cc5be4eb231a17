//! A counter's reading against a look at the clock that sets it anew.

use plies_reactor::model::Ticks;
use plies_shim::model::Model;

use super::*;
use Roles::{AsListed, Swapped};

pub fn models() -> Vec<Model> {
    vec![
        Model::new("reading against look", || reading_against_look(AsListed))
            .floor(5)
            .preemptions(3)
            .bug(
                "anchor before offset",
                planted!(AnchorBeforeOffset, reading_against_look(AsListed)),
            ),
        Model::new("reading against look, swapped", || {
            reading_against_look(Swapped)
        })
        .floor(5)
        .preemptions(3)
        .bug(
            "anchor before offset",
            planted!(AnchorBeforeOffset, reading_against_look(Swapped)),
        ),
    ]
}

/// The clock has gained a tenth of a millisecond on the counter when it is looked at again. Who reads
/// the counter meanwhile either says nothing, for the last look is long ago, or counts from this one.
fn reading_against_look(roles: Roles) {
    const MS: u64 = 1_000_000;
    const GAINED: u64 = MS / 10;
    let ticks = Arc::new(Ticks::new());
    for at in [0, 10 * MS] {
        ticks.observe(at, at, at + 1);
    }
    let (looker, reader) = (ticks.clone(), ticks.clone());
    race(
        roles,
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
