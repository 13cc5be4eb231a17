//! The runner of model-checked scenarios: what each layer's `tests/loom.rs` calls.
//!
//! A *model* is a closure over this crate's types with a few threads in it. The runner explores
//! its executions, each model in a child process of its own (a failing model may abort), and
//! prints one line for each: executions explored, time, planted bugs caught. The first panic of any
//! of its threads fails a model, also one that the code under it would contain, unless it is part of the
//! scenario: [`expect_panics`].
//!
//! ```no_run
//! // tests/loom.rs, with `[[test]] name = "loom" harness = false` in Cargo.toml
//! use plies_shim::model::{self, Model};
//! use plies_shim::sync::{Arc, atomic::{AtomicU64, Ordering}};
//! use plies_shim::thread;
//!
//! fn count(increment: fn(&AtomicU64)) {
//!     let counter = Arc::new(AtomicU64::new(0));
//!     let other = counter.clone();
//!     let thread = thread::spawn(move || increment(&other));
//!     increment(&counter);
//!     thread.join().unwrap();
//!     assert_eq!(counter.load(Ordering::Relaxed), 2, "an increment is lost");
//! }
//!
//! fn atomic(counter: &AtomicU64) {
//!     counter.fetch_add(1, Ordering::Relaxed);
//! }
//!
//! fn torn(counter: &AtomicU64) {
//!     counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     model::main(&[
//!         Model::new("two increments", || count(atomic)).floor(2).bug("torn", || count(torn)),
//!     ])
//! }
//! ```
//!
//! # How to run
//!
//! - `cargo loom [-p CRATE] [-- FILTER]` explores exhaustively, or up to each model's bound.
//! - `cargo shuttle [-p CRATE] [-- FILTER]` runs the same bodies under randomised schedules, half
//!   of them uniformly random and half by PCT.
//! - An ordinary `cargo test` prints one line that says so, and passes.
//!
//! | environment variable | effect |
//! |---|---|
//! | `PLIES_MODEL_PREEMPTIONS` | a preemption bound at least this high for every bounded model; `none` lifts the bounds |
//! | `PLIES_MODEL_SCHEDULES` | schedules a shuttle run tries per model (default 10000) |
//! | `PLIES_MODEL_JOBS` | how many children run at once (default: one for each core) |
//! | `PLIES_MODEL_TIMEOUT` | seconds after which a child is killed and counts as failed (default 900) |
//!
//! # What makes a model worth its time
//!
//! loom skips executions of the shape "load, then read-modify-write" when the thread's own load
//! hides another thread's: a broken protocol can pass with one execution. Hence:
//!
//! 1. Write the scenario with both assignments of its roles to the main and the spawned thread,
//!    as two models: [`together`] and [`both_orders!`](crate::both_orders) do that.
//! 2. Give each a [`floor`](Model::floor): fewer executions than that are a failure.
//! 3. Plant at least one [`bug`](Model::bug): a body that differs by one mistake. The runner fails
//!    if the exploration does *not* fail on it. [`mutant`](crate::mutant) plants it in real code.
//! 4. Run the same under shuttle. It is sequentially consistent, so a missing Release is beyond
//!    it: say so with [`weak_bug`](Model::weak_bug).
//!
//! Also: at most five threads under loom, the main one included; no SeqCst accesses (they are
//! treated as AcqRel; use a SeqCst fence); `thread::unpark` is unreliable against a thread that is
//! in `yield_now`, a lock or `join`.

use std::process::ExitCode;

#[cfg(any(plies_loom, plies_shuttle))]
mod child;
mod expected;
#[cfg(any(plies_loom, plies_shuttle))]
mod explore;
mod roles;
#[cfg(any(plies_loom, plies_shuttle))]
mod runner;

pub use expected::expect_panics;
pub use roles::together;

/// A scenario to explore, with what is expected of the exploration.
#[derive(Debug, Clone)]
#[cfg_attr(not(any(plies_loom, plies_shuttle)), allow(dead_code))]
pub struct Model {
    name: String,
    body: fn(),
    floor: u64,
    preemptions: Option<usize>,
    bugs: Vec<Bug>,
}

#[derive(Debug, Clone)]
#[cfg_attr(not(any(plies_loom, plies_shuttle)), allow(dead_code))]
struct Bug {
    name: &'static str,
    body: fn(),
    kind: Kind,
}

/// What the runner demands of a further body.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(not(any(plies_loom, plies_shuttle)), allow(dead_code))]
enum Kind {
    /// That it fails.
    Bug,
    /// That it fails under a weak memory model.
    WeakBug,
    /// That it stays under the floor.
    Blind,
}

impl Model {
    /// A model explored exhaustively, with no floor and no planted bug yet.
    pub fn new(name: impl Into<String>, body: fn()) -> Self {
        Self {
            name: name.into(),
            body,
            floor: 1,
            preemptions: None,
            bugs: Vec::new(),
        }
    }

    /// Fails the model if loom explores fewer than `iterations` executions of it.
    pub fn floor(mut self, iterations: u64) -> Self {
        self.floor = iterations;
        self
    }

    /// Explores only executions with at most `bound` preemptions: for three threads and more,
    /// whose exhaustive exploration takes minutes.
    pub fn preemptions(mut self, bound: usize) -> Self {
        self.preemptions = Some(bound);
        self
    }

    /// Adds a body with a planted bug, which the exploration must fail on.
    pub fn bug(self, name: &'static str, body: fn()) -> Self {
        self.plant(name, body, Kind::Bug)
    }

    /// [`bug`](Self::bug) for a mistake that only a weak memory model shows, or cells that know who may
    /// touch them, or one schedule in many thousands: loom must catch it, shuttle, under which it may go
    /// well by luck, is not asked to.
    pub fn weak_bug(self, name: &'static str, body: fn()) -> Self {
        self.plant(name, body, Kind::WeakBug)
    }

    /// Adds the same scenario over atomics that loom does not see, std's for example. It must stay
    /// under the [`floor`](Self::floor), which shows that the floor tells such code apart.
    pub fn blind(self, name: &'static str, body: fn()) -> Self {
        self.plant(name, body, Kind::Blind)
    }

    fn plant(mut self, name: &'static str, body: fn(), kind: Kind) -> Self {
        self.bugs.push(Bug { name, body, kind });
        self
    }
}

/// Runs `models`, prints the table, and returns failure if any model failed, stayed under its
/// floor, or did not catch a planted bug.
///
/// The first command-line argument that is not an option selects the models whose name contains
/// it. Without `--cfg plies_loom` or `plies_shuttle` it says how to run them, and succeeds.
pub fn main(models: &[Model]) -> ExitCode {
    // Test runners ask first which tests there are: none that they could run one by one.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    #[cfg(any(plies_loom, plies_shuttle))]
    return match child::requested(models) {
        Some(request) => child::run(request),
        None => runner::run(models),
    };
    #[cfg(not(any(plies_loom, plies_shuttle)))]
    {
        println!(
            "{} models, not run: `RUSTFLAGS=\"--cfg plies_loom\" cargo test --release --test loom` \
             explores them",
            models.len()
        );
        ExitCode::SUCCESS
    }
}
