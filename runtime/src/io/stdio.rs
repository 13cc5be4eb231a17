//! The standard streams of the process, on the blocking pool.

mod input;
mod output;

pub use input::{Stdin, stdin};
pub use output::{Stderr, Stdout, stderr, stdout};

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use plies_task::JoinHandle;

/// The most bytes that one blocking operation moves.
const LIMIT: usize = 2 * 1024 * 1024;

/// A blocking operation, which gives its buffer back.
type Job = JoinHandle<(io::Result<()>, Vec<u8>)>;

/// Waits for `job`, if there is one, and puts its buffer into `buffer`.
fn poll_job(
    job: &mut Option<Job>,
    buffer: &mut Vec<u8>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    let Some(running) = job else {
        return Poll::Ready(Ok(()));
    };
    let ended = ready!(Pin::new(running).poll(cx));
    *job = None;
    let (result, bytes) = ended.map_err(|_| {
        crate::runtime::shut_down(
            "the runtime has shut down before the operation began: finish the standard streams, \
             with `flush`, while it runs",
        )
    })?;
    *buffer = bytes;
    Poll::Ready(result)
}
