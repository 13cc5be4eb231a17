//! Panics that are part of a scenario.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, PoisonError};

static EXPECTED: Mutex<Option<&'static str>> = Mutex::new(None);

/// Runs `part`, which panics with a message that contains `text`: such a panic does not fail the
/// model, and any other does.
///
/// Outside of a model-checking build the panic is reported as ever.
///
/// # Panics
///
/// If `part` does not.
pub fn expect_panic(text: &'static str, part: impl FnOnce()) {
    set(Some(text));
    let ended = catch_unwind(AssertUnwindSafe(part));
    set(None);
    assert!(ended.is_err(), "it was to panic with '{text}'");
}

fn set(text: Option<&'static str>) {
    *EXPECTED.lock().unwrap_or_else(PoisonError::into_inner) = text;
}

/// Is this the panic that the scenario is waiting for?
#[cfg_attr(not(any(plies_loom, plies_shuttle)), allow(dead_code))]
pub(super) fn is_expected(info: &PanicHookInfo<'_>) -> bool {
    let expected = *EXPECTED.lock().unwrap_or_else(PoisonError::into_inner);
    let message = info.payload_as_str();
    expected.is_some_and(|text| message.is_some_and(|message| message.contains(text)))
}
