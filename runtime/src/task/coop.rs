//! The cooperative budget: how much a task may do in one poll before it lets others run.
//!
//! Each poll of a task starts with a budget. Sockets and timers spend a unit for every operation
//! that was ready; when none is left they return `Pending` and have the task polled again later,
//! after the others. So a task whose socket is always ready shares its worker, without an
//! `.await` on [`yield_now`](super::yield_now).
//!
//! The primitives in [`crate::sync`] are tokio's and know nothing of this budget: wrap them in
//! [`cooperative`] where it matters.
//!
//! # Examples
//!
//! ```
//! use plies::task::coop;
//!
//! # #[plies::main(flavor = "current_thread")]
//! # async fn main() {
//! let sum = plies::spawn(async {
//!     let mut sum = 0_u64;
//!     for number in 0..10_000 {
//!         sum += number;
//!         coop::consume_budget().await; // Others run every so often.
//!     }
//!     sum
//! });
//! assert_eq!(sum.await.unwrap(), 49_995_000);
//! # }
//! ```

pub use plies_scheduler::coop::{
    Budget, Cooperative as Coop, RestoreOnPending, Unconstrained, consume as consume_budget,
    cooperative, poll_proceed, remaining, unconstrained,
};

/// Whether the current poll may go on; always so outside of a task.
///
/// # Examples
///
/// ```
/// assert!(plies::task::coop::has_budget_remaining());
/// ```
#[must_use]
pub fn has_budget_remaining() -> bool {
    remaining() != Some(0)
}
