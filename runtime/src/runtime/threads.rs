//! What all threads of a runtime have in common: name, stack and hooks.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A hook that runs on a thread of the runtime.
pub(crate) type Hook = Arc<dyn Fn() + Send + Sync>;

/// How a runtime makes its threads.
#[derive(Clone)]
pub(crate) struct ThreadConfig {
    pub(crate) name: ThreadName,
    pub(crate) stack_size: Option<usize>,
    pub(crate) on_start: Option<Hook>,
    pub(crate) on_stop: Option<Hook>,
}

impl ThreadConfig {
    /// The builder of the next thread.
    pub(crate) fn builder(&self) -> std::thread::Builder {
        let builder = std::thread::Builder::new().name(self.name.next());
        match self.stack_size {
            Some(bytes) => builder.stack_size(bytes),
            None => builder,
        }
    }

    /// Runs a thread's `body` between the hooks.
    pub(crate) fn run(&self, body: impl FnOnce()) {
        call(&self.on_start);
        body();
        call(&self.on_stop);
    }
}

pub(crate) fn call(hook: &Option<Hook>) {
    if let Some(hook) = hook {
        hook();
    }
}

impl fmt::Debug for ThreadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadConfig")
            .field("stack_size", &self.stack_size)
            .finish_non_exhaustive()
    }
}

/// Where threads get their names from.
#[derive(Clone)]
pub(crate) enum ThreadName {
    /// A prefix and the number of the thread.
    Numbered(&'static str, Arc<AtomicUsize>),
    /// What the user's function returns for each thread.
    Function(Arc<dyn Fn() -> String + Send + Sync>),
}

impl ThreadName {
    pub(crate) fn numbered(prefix: &'static str) -> Self {
        Self::Numbered(prefix, Arc::default())
    }

    pub(crate) fn next(&self) -> String {
        match self {
            Self::Numbered(prefix, count) => {
                format!("{prefix}{}", count.fetch_add(1, Ordering::Relaxed))
            }
            Self::Function(name) => name(),
        }
    }
}
