//! Panics that are part of a scenario.

use std::sync::OnceLock;

static EXPECTED: OnceLock<&'static str> = OnceLock::new();

/// From now on a panic whose message contains `text` does not fail the model. Its body catches it,
/// and asserts that it came.
///
/// A model has one such text at most; outside of a model-checking build nothing changes.
pub fn expect_panics(text: &'static str) {
    EXPECTED.get_or_init(|| text);
}

/// Is this a panic that the scenario expects?
#[cfg(any(plies_loom, plies_shuttle))]
pub(super) fn is_expected(info: &std::panic::PanicHookInfo<'_>) -> bool {
    let (expected, message) = (EXPECTED.get(), info.payload_as_str());
    expected.is_some_and(|text| message.is_some_and(|message| message.contains(text)))
}
