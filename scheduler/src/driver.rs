//! What an idle worker sleeps on.

use std::any::Any;
use std::io;
use std::time::Duration;

/// What a worker sleeps on when it has no task: a parked thread, or a selector of I/O events.
///
/// Each worker has a driver of its own; a spare worker uses that of the worker whose place it takes.
/// [`ThreadParker`](crate::ThreadParker) is the plain one.
///
/// # Contract
///
/// - [`unpark`](Self::unpark) is sticky: the next [`park`](Self::park) after it returns at once.
/// - Wakers that `park` and [`poll`](Self::poll) call run on the calling thread, and so put their
///   tasks onto that worker's queue.
/// - A driver that fails says so, each time, and a look into it costs little. Its worker goes on
///   without it: the failure is counted ([`WorkerMetrics`](crate::WorkerMetrics)) and told to the
///   [`Observer`](crate::Observer), and instead of sleeping in the driver the worker looks for tasks
///   every ten milliseconds. Whoever waits for one of the driver's events is for the driver to tell.
pub trait Driver: Send + Sync + 'static {
    /// Sleeps until unparked, until an event, or for `timeout`; dispatches the events.
    ///
    /// One thread at a time calls it: the driver's worker, or a spare in its place. It may return
    /// early for no reason.
    ///
    /// # Errors
    ///
    /// When it cannot sleep, or could not look for events.
    fn park(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// Looks for events without blocking and dispatches them; any thread may call it.
    ///
    /// Returns false if another thread is in the driver just now.
    ///
    /// # Errors
    ///
    /// When it could not look for events.
    fn poll(&self) -> io::Result<bool>;

    /// Ends the sleep in [`park`](Self::park), or the next one. Any thread may call it, also before `park`.
    fn unpark(&self);

    /// Is a look without blocking worth a system call? Asked before [`poll`](Self::poll).
    fn needs_polling(&self) -> bool {
        true
    }

    /// Called on the thread that will run the worker, before its first task; what it returns is
    /// dropped on that thread when the worker leaves it. For setting thread-local contexts.
    fn enter(&self) -> Option<Box<dyn Any>> {
        None
    }
}
