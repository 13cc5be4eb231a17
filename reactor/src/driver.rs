//! A thread that turns a reactor, for executors that know nothing of it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::handle::Handle;
use crate::reactor::Reactor;

/// A thread that turns a reactor until this is dropped.
///
/// ```
/// use plies_reactor::{Driver, Sleep};
/// use std::time::Duration;
///
/// let driver = Driver::spawn_thread()?;
/// let deadline = driver.handle().clock().deadline(Duration::from_millis(1));
/// futures::executor::block_on(Sleep::with_handle(deadline, driver.handle()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Driver {
    handle: Handle,
    stop: Arc<AtomicBool>,
    /// None only while it is dropped.
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Driver {
    /// Makes a reactor and a thread that turns it.
    ///
    /// # Errors
    ///
    /// What the system says if it has no descriptors, memory or threads left.
    pub fn spawn_thread() -> io::Result<Driver> {
        Self::spawn_thread_for(Reactor::new()?)
    }

    /// Starts a thread that turns `reactor`.
    ///
    /// # Errors
    ///
    /// What the system says if it has no threads left.
    pub fn spawn_thread_for(reactor: Reactor) -> io::Result<Driver> {
        let handle = reactor.handle().clone();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::Builder::new()
            .name("plies-reactor".into())
            .spawn(move || {
                while !stopped.load(Ordering::Acquire) {
                    reactor.turn(None)?;
                }
                Ok(())
            })?;
        Ok(Driver {
            handle,
            stop,
            thread: Some(thread),
        })
    }

    /// The handle of its reactor. [`enter`](Handle::enter) it on every thread of the executor, or
    /// name it for each source and timer.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Shuts the reactor down and waits for the thread to end.
impl Drop for Driver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.handle.wake();
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A waker that was woken there may be what drops this; the thread then ends after it.
        if thread.thread().id() != std::thread::current().id() {
            // An error or a panic there has shut the reactor down, which its users were told.
            let _ = thread.join();
        }
    }
}
