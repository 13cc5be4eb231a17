//! Why there is no current runtime.

use std::fmt;

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
