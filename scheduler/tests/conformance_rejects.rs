//! The conformance kit rejects what is wrong, and says by which check.
// These schedulers lose tasks on purpose, which a leak sanitizer reports, as it should.
#![cfg(not(plies_plain_cells))]

use plies_scheduler::conformance::{self, Check, Flaw, Specimen};

/// The flaws that show without threads: what rejects each, and what is violated.
const REJECTED: [(Flaw, Check, Check); 10] = [
    (Flaw::LosesOnOverflow, Check::NoneLost, Check::NoneLost),
    (Flaw::StarvesForLifo, Check::LifoPairs, Check::LifoPairs),
    (Flaw::ForgetsInjector, Check::Flood, Check::Flood),
    (Flaw::TakesTwice, Check::NoneTwice, Check::NoneTwice),
    (Flaw::HasReadyLies, Check::HasReady, Check::HasReady),
    (Flaw::NeverRests, Check::HasReady, Check::HasReady),
    (Flaw::AgesWrongly, Check::AlwaysReady, Check::AlwaysReady),
    (Flaw::KeepsToItself, Check::SpareWorker, Check::SpareWorker),
    (Flaw::MovesPinned, Check::Stays, Check::Stays),
    (Flaw::ForgetsAtTheEnd, Check::Shutdown, Check::Shutdown),
];

#[test]
fn each_flaw_is_rejected_by_the_check_made_for_it() {
    for (flaw, check, violated) in REJECTED {
        match conformance::run(check, || Specimen::with(flaw)) {
            Ok(()) => panic!("{flaw:?} passes {check:?}"),
            Err(violation) => {
                println!("{flaw:?}: {violation}");
                assert_eq!(violation.check(), violated, "{flaw:?}: {violation}");
            }
        }
    }
}

/// Without this, a check that rejects everything would look like a good one.
#[test]
fn each_flaw_passes_the_checks_that_are_not_about_it() {
    let indifferent = [
        (Flaw::LosesOnOverflow, Check::HasReady),
        (Flaw::StarvesForLifo, Check::AlwaysReady),
        (Flaw::ForgetsInjector, Check::NoneLost),
        (Flaw::TakesTwice, Check::AlwaysReady),
        (Flaw::HasReadyLies, Check::SpareWorker),
        (Flaw::NeverRests, Check::NoneTwice),
        (Flaw::AgesWrongly, Check::HasReady),
        (Flaw::KeepsToItself, Check::NoneLost),
        (Flaw::ForgetsAtTheEnd, Check::Stays),
    ];
    for (flaw, check) in indifferent {
        let result = conformance::run(check, || Specimen::with(flaw));
        assert_eq!(result, Ok(()), "{flaw:?} under {check:?}");
    }
}

#[test]
fn a_violation_names_its_check_its_seed_and_the_task() {
    let violation = conformance::run(Check::Flood, || Specimen::with(Flaw::ForgetsInjector));
    let message = violation.unwrap_err().to_string();
    assert!(
        message.starts_with("Flood is violated: seed 0: task "),
        "{message}"
    );
    assert!(message.contains("polls of others"), "{message}");
}

#[test]
#[should_panic(expected = "NoneLost is violated")]
fn a_test_of_the_macro_panics_with_the_violation() {
    conformance::assert(Check::NoneLost, || Specimen::with(Flaw::LosesOnOverflow));
}

#[test]
fn every_check_passes_the_sound_specimen() {
    for check in Check::ALL {
        assert_eq!(
            conformance::run(check, Specimen::sound),
            Ok(()),
            "{check:?}"
        );
    }
}
