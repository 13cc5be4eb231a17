//! A kit that puts any [`Scheduler`] to the proof: feature `conformance`.
//!
//! One macro in a test file of yours makes a `#[test]` of each [`Check`]:
//!
//! ```
//! # mod my { pub use plies_scheduler::Fifo as MyScheduler; }
//! use my::MyScheduler;
//!
//! plies_scheduler::conformance!(MyScheduler::new);
//! # fn main() {}
//! ```
//!
//! and one in a `tests/loom.rs` its models, which loom explores exhaustively, weak memory
//! included, and shuttle at random; see [`conformance_models!`](crate::conformance_models).
//!
//! | [`Check`] | what the scheduler is put through | what is demanded |
//! |---|---|---|
//! | [`NoneLost`](Check::NoneLost) | random pushes, injections and takes, in bursts that overflow | what went in comes out |
//! | [`NoneTwice`](Check::NoneTwice) | the same, with more stealing | once, and not again |
//! | [`Stays`](Check::Stays) | the same, on three workers | if it is pinned, on its own worker |
//! | [`AlwaysReady`](Check::AlwaysReady) | tasks of all classes that yield for ever | a poll within the declared bound |
//! | [`LifoPairs`](Check::LifoPairs) | the same, and pairs that wake each other in turn | as above |
//! | [`Flood`](Check::Flood) | the same, and injections at every poll | as above, the injected ones too |
//! | [`SpareWorker`](Check::SpareWorker) | a worker that is stuck, and one that joins later | the late one gets everything |
//! | [`HasReady`](Check::HasReady) | single tasks, and an empty scheduler | `has_ready` tells the truth |
//! | [`Shutdown`](Check::Shutdown) | a scheduler full of tasks is swept, or dropped | each future is dropped once |
//! | [`Threads`](Check::Threads) | three workers and an injector on threads of their own | nothing lost, nothing twice |
//! | [`Pool`](Check::Pool) | a [`ThreadPool`](crate::ThreadPool) that runs, and is shut down | tasks end; one poll at a time |
//!
//! The first nine try random scenarios of that kind, each drawn from a seed that a failure names.
//! `PLIES_CONFORMANCE_SEEDS` sets how many (32 by default).
//!
//! # How it looks at a scheduler
//!
//! The first nine need no threads: the kit calls the scheduler the way an executor would, worker by
//! worker, and keeps a ledger of who has which task. The tasks are real; "polling" one is taking it
//! out. Before it touches a task that comes out it looks its address up, so that one that comes out
//! twice is reported, and not run. A scheduler that was found wrong is leaked, since its destructor
//! is not to be trusted either.
//!
//! # What it cannot see
//!
//! A bound is checked with a lone worker and with what the scenarios make of it, not proven. The
//! checks on threads see what the timing of one run happens to show; the models are for the rest.
//!
//! That the kit itself rejects what is wrong is shown with [`Specimen`], a scheduler with a choice
//! of mistakes.

mod delivery;
mod fairness;
mod ledger;
mod models;
mod pool;
mod readiness;
mod shutdown;
mod specimen;
mod threads;
mod unseen;
mod world;

use std::fmt;

use crate::Scheduler;

pub use models::{Subject, models};
pub use specimen::{Flaw, Specimen};

/// One thing that the kit demands of a scheduler; see the [module](self) for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// Every task that went in comes out.
    NoneLost,
    /// No task comes out twice.
    NoneTwice,
    /// A pinned task comes out on its own worker only.
    Stays,
    /// Tasks that are always ready do not keep each other from being polled.
    AlwaysReady,
    /// Nor do pairs that wake each other in turn.
    LifoPairs,
    /// Nor does a flood of injected tasks, which are polled in time themselves.
    Flood,
    /// A worker that joins late reaches what a stuck worker has queued.
    SpareWorker,
    /// `has_ready` tells the truth.
    HasReady,
    /// Sweeping and dropping the scheduler drop each task once.
    Shutdown,
    /// Nothing is lost or doubled with the workers on threads of their own.
    Threads,
    /// A pool runs on it, and shuts down.
    Pool,
}

impl Check {
    /// All of them, in the order in which they are best read.
    pub const ALL: [Check; 11] = [
        Check::NoneLost,
        Check::NoneTwice,
        Check::Stays,
        Check::AlwaysReady,
        Check::LifoPairs,
        Check::Flood,
        Check::SpareWorker,
        Check::HasReady,
        Check::Shutdown,
        Check::Threads,
        Check::Pool,
    ];
}

/// What a scheduler did wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    check: Check,
    detail: String,
}

impl Violation {
    fn new(check: Check, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Violation { check, detail }
    }

    /// With `scenario` in front of what happened.
    fn during(mut self, scenario: impl fmt::Display) -> Self {
        self.detail = format!("{scenario}: {}", self.detail);
        self
    }

    /// The demand that was not met: not always that of the check that was run, since every
    /// scenario notices a task that comes out twice.
    pub fn check(&self) -> Check {
        self.check
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is violated: {}", self.check, self.detail)
    }
}

impl std::error::Error for Violation {}

/// Runs one check on schedulers that `make` makes; it makes several.
///
/// # Errors
///
/// The first violation that shows.
///
/// # Examples
///
/// ```
/// use plies_scheduler::conformance::{self, Check, Flaw, Specimen};
///
/// let sound = conformance::run(Check::NoneLost, Specimen::sound);
/// assert_eq!(sound, Ok(()));
/// let flawed = conformance::run(Check::NoneLost, || Specimen::with(Flaw::LosesOnOverflow));
/// assert_eq!(flawed.unwrap_err().check(), Check::NoneLost);
/// ```
pub fn run<S: Scheduler>(check: Check, make: impl Fn() -> S) -> Result<(), Violation> {
    match check {
        Check::NoneLost => delivery::check(delivery::OVERFLOWING, make),
        Check::NoneTwice => delivery::check(delivery::STEALING, make),
        Check::Stays => delivery::check(delivery::SPREAD, make),
        Check::AlwaysReady => fairness::check(check, fairness::ALWAYS_READY, make),
        Check::LifoPairs => fairness::check(check, fairness::PAIRS, make),
        Check::Flood => fairness::check(check, fairness::FLOOD, make),
        Check::SpareWorker => readiness::spare_worker(make),
        Check::HasReady => readiness::has_ready(make),
        Check::Shutdown => shutdown::check(make),
        Check::Threads => threads::check(make),
        Check::Pool => pool::check(make),
    }
}

/// [`run`], for a test: panics on a violation.
///
/// # Panics
///
/// If the scheduler violates the check.
#[track_caller]
pub fn assert<S: Scheduler>(check: Check, make: impl Fn() -> S) {
    if let Err(violation) = run(check, make) {
        panic!("{violation}");
    }
}

/// How many random scenarios a check tries.
fn seeds() -> std::ops::Range<u64> {
    let asked = std::env::var("PLIES_CONFORMANCE_SEEDS").ok();
    0..asked.and_then(|seeds| seeds.parse().ok()).unwrap_or(32)
}

/// Makes a `#[test]` of each check of the kit, in a module named `conformance`.
///
/// It takes what makes the scheduler: a path to a function, or a closure. With a name and a colon
/// in front, the module has that name, and several schedulers fit in one file.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{Fifo, WorkStealing};
///
/// plies_scheduler::conformance!(Fifo::new);
/// plies_scheduler::conformance!(without_lifo_slot: || WorkStealing::new().lifo_limit(0));
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance {
    ($name:ident : $make:expr) => {
        $crate::conformance!(@module $name, $make,
            no_task_is_lost NoneLost,
            no_task_comes_out_twice NoneTwice,
            pinned_tasks_stay Stays,
            always_ready_tasks_are_polled_within_the_bound AlwaysReady,
            lifo_pairs_starve_nobody LifoPairs,
            a_flood_of_injections_starves_nobody Flood,
            a_spare_worker_reaches_everything SpareWorker,
            has_ready_tells_the_truth HasReady,
            shutdown_drops_every_task_once Shutdown,
            workers_on_threads_share_the_tasks Threads,
            a_pool_runs_on_it Pool,
        );
    };
    (@module $name:ident, $make:expr, $($test:ident $check:ident,)*) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $(
                #[test]
                fn $test() {
                    $crate::conformance::assert($crate::conformance::Check::$check, $make);
                }
            )*
        }
    };
    ($make:expr) => {
        $crate::conformance!(conformance: $make);
    };
}

/// A list of models for [`plies_shim::model::main`], of one scheduler or several: for a
/// `tests/loom.rs` with `harness = false`.
///
/// Each scenario has two threads and comes with both assignments of its roles, from empty and
/// pre-filled starts, with a flawed [`Specimen`](crate::conformance::Specimen) that the exploration
/// must fail on, and with a floor under the number of executions. The scheduler must be written
/// over the types of `plies_shim`: atomics of std or of another crate are invisible to loom, which
/// then explores a single execution of nearly every model, and the model fails and says so.
///
/// # Examples
///
/// ```no_run
/// # mod my { pub use plies_scheduler::Fifo as MyScheduler; }
/// use my::MyScheduler;
///
/// fn main() -> std::process::ExitCode {
///     plies_shim::model::main(&plies_scheduler::conformance_models!(MyScheduler::new))
/// }
/// ```
#[macro_export]
macro_rules! conformance_models {
    ($($make:expr),+ $(,)?) => {{
        let mut models = ::std::vec::Vec::new();
        $({
            struct Subject;
            impl $crate::conformance::Subject for Subject {
                fn scheduler() -> impl $crate::Scheduler {
                    ($make)()
                }
            }
            let name = ::std::stringify!($make);
            models.extend($crate::conformance::models::<Subject>(name));
        })+
        models
    }};
}
