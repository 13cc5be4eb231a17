//! The child's side: explore one body and say how many executions that took.

use super::Model;
use super::expected::is_expected;
use super::explore::{explore, iterations};
use std::process::ExitCode;

/// `MODEL` or `MODEL/BUG`, as indices: set by the runner for its children.
pub(super) const REQUEST: &str = "PLIES_MODEL_CHILD";
/// First word of the line a child prints once it is exploring.
pub(super) const STARTED: &str = "plies-model-started";
/// First word of the line a child prints when done; the iteration count follows.
pub(super) const FINISHED: &str = "plies-model-finished";
/// First word of the line a child prints on a panic; the iteration count follows.
pub(super) const FAILED: &str = "plies-model-failed";

/// What a child exits with that has panicked, on whichever of its threads.
const PANICKED: i32 = 101;

pub(super) struct Request<'a> {
    model: &'a Model,
    body: fn(),
}

/// What this process was started for: `None` in the runner itself.
pub(super) fn requested(models: &[Model]) -> Option<Request<'_>> {
    let request = std::env::var(REQUEST).ok()?;
    let mut indices = request.split('/').map(|index| index.parse::<usize>().ok());
    let model = models.get(indices.next()??)?;
    let body = match indices.next() {
        Some(bug) => model.bugs.get(bug?)?.body,
        None => model.body,
    };
    Some(Request { model, body })
}

pub(super) fn run(request: Request<'_>) -> ExitCode {
    println!("{STARTED}");
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if is_expected(info) {
            return;
        }
        println!("{FAILED} {}", iterations());
        report(info);
        // The code under the model may contain panics, the model checker's own among them.
        std::process::exit(PANICKED);
    }));
    explore(request.model, request.body);
    println!("{FINISHED} {}", iterations());
    ExitCode::SUCCESS
}
