//! Real programs on Plies: a router of axum behind hyper, WebSockets, TLS, and clients of a Redis
//! and a PostgreSQL, through crates that were written for tokio or for any runtime.
//!
//! Every test runs on a `current_thread` runtime, on one worker and on four. What the system does
//! not have installed is skipped, and the terminal says so; where `PLIES_REQUIRE_PROGRAMS` is set,
//! as in `.ci/run`, it is a failure.

mod curl;
mod http;
mod postgres;
mod redis;
mod server;
mod tls;
#[path = "../../../runtime/tests/util/mod.rs"]
mod util;
mod websocket;

use std::fs;

use util::spawn_on_each;

/// Runs the program that `test` makes on every runtime in turn, as a task, and sees that no runtime
/// of tokio's is there to help.
///
/// The tests of this crate are built with tokio's runtime, for `auto_traits` to compare with; no
/// program here may come to lean on that.
fn run_on_each<F>(test: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    spawn_on_each(|| {
        let program = test();
        async move {
            assert!(tokio::runtime::Handle::try_current().is_err());
            program.await;
            assert_eq!(threads_of_tokio(), Vec::<String>::new());
        }
    });
}

/// The names of this process's threads that tokio's runtime gives.
fn threads_of_tokio() -> Vec<String> {
    // A thread may end while this looks.
    fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("tokio"))
        .collect()
}
