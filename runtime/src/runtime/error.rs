//! Why there is no current runtime, or no longer one.

use std::fmt;
use std::io;

use plies_reactor::ReactorGone;

/// The error of [`Handle::try_current`](super::Handle::try_current): no runtime is current on
/// this thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryCurrentError {
    thread_ends: bool,
}

impl TryCurrentError {
    pub(crate) const fn missing() -> Self {
        Self { thread_ends: false }
    }

    pub(crate) const fn thread_ends() -> Self {
        Self { thread_ends: true }
    }

    /// Whether the thread is in no runtime.
    #[must_use]
    pub fn is_missing_context(&self) -> bool {
        !self.thread_ends
    }

    /// Whether the thread is ending, and has dropped what it knew of its runtime.
    #[must_use]
    pub fn is_thread_local_destroyed(&self) -> bool {
        self.thread_ends
    }
}

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.thread_ends {
            "this thread is ending and has left its runtime: take the `Handle` along from before"
        } else {
            "no runtime is current on this thread: call this inside `Runtime::block_on` or a \
             spawned task, or keep the guard of `Handle::enter` alive here"
        })
    }
}

impl std::error::Error for TryCurrentError {}

/// Whether an operation failed because its runtime has shut down: a socket's that waited, a file's
/// or a standard stream's that had not begun.
///
/// A socket whose runtime is gone, and that nobody waits for, works on: it joins the runtime of
/// whoever uses it next.
///
/// # Examples
///
/// ```
/// use plies::net::TcpListener;
/// use plies::runtime::{Runtime, is_rt_shutdown_err};
///
/// let runtime = Runtime::new()?;
/// let handle = runtime.handle().clone();
/// let waiting = std::thread::spawn(move || {
///     handle.block_on(async { TcpListener::bind("127.0.0.1:0").await?.accept().await.map(drop) })
/// });
/// # std::thread::sleep(std::time::Duration::from_millis(5));
/// runtime.shutdown_background();
/// assert!(is_rt_shutdown_err(&waiting.join().unwrap().unwrap_err()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn is_rt_shutdown_err(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner.is_some_and(|inner| inner.is::<ReactorGone>() || inner.is::<ShutDown>())
}

/// The error of an operation that was not begun, or not waited for, when the runtime shut down.
#[allow(dead_code)] // For those features that have such operations.
pub(crate) fn shut_down(message: &'static str) -> io::Error {
    io::Error::other(ShutDown(message))
}

/// What became of an operation, and what to do about it.
#[derive(Debug)]
struct ShutDown(&'static str);

impl fmt::Display for ShutDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for ShutDown {}
