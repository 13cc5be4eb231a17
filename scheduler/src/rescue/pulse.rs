//! What a worker shows the monitor: whether it rests, and which task it polls.

use std::panic::Location;
// The task is shown for reports only: the model checkers have nothing to find in it.
use std::sync::atomic::{AtomicPtr, AtomicU64};

use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicBool, Ordering};

use super::{Activity, Thread};
use crate::Runnable;

pub(crate) struct Pulse {
    resting: AtomicBool,
    // Zero outside of polls; the location and the name belong to the last task that was shown.
    task: AtomicU64,
    location: AtomicPtr<Location<'static>>,
    name: Mutex<Option<(u64, Box<str>)>>,
    thread: Mutex<Option<Thread>>,
}

/// The task that a worker polls, as far as it can be told from another thread.
pub(crate) struct Shown {
    pub(crate) task: u64,
    pub(crate) location: Option<&'static Location<'static>>,
    pub(crate) name: Option<Box<str>>,
}

impl Pulse {
    /// Of a worker that does not run yet, which counts as resting.
    pub(crate) fn new() -> Self {
        Pulse {
            resting: AtomicBool::new(true),
            task: AtomicU64::new(0),
            location: AtomicPtr::default(),
            name: Mutex::new(None),
            thread: Mutex::new(None),
        }
    }

    /// Shows the task that the worker is about to poll.
    #[inline]
    pub(crate) fn show(&self, task: &Runnable) {
        self.task.store(task.id().get(), Ordering::Relaxed);
        let location = std::ptr::from_ref(task.location()).cast_mut();
        self.location.store(location, Ordering::Relaxed);
        if let Some(name) = task.name() {
            self.show_name(task.id().get(), name);
        }
    }

    #[cold]
    fn show_name(&self, task: u64, name: &str) {
        let mut shown = self.name.lock();
        if shown.as_ref().is_none_or(|(of, _)| *of != task) {
            *shown = Some((task, name.into()));
        }
    }

    /// No task is being polled.
    pub(crate) fn clear(&self) {
        self.task.store(0, Ordering::Relaxed);
    }

    /// The task that is being polled; `None` between two polls.
    pub(crate) fn shown(&self) -> Option<Shown> {
        let task = self.task.load(Ordering::Relaxed);
        let location = self.location.load(Ordering::Relaxed);
        // SAFETY: `show` stores nothing but `'static` references here, and before that it is null.
        let location = unsafe { location.as_ref() };
        let name = self.name.lock();
        let name = name.as_ref().filter(|(of, _)| *of == task);
        (task != 0).then(|| Shown {
            task,
            location,
            name: name.map(|(_, name)| name.clone()),
        })
    }

    pub(crate) fn set_resting(&self, resting: bool) {
        self.resting.store(resting, Ordering::Relaxed);
    }

    pub(crate) fn is_resting(&self) -> bool {
        self.resting.load(Ordering::Relaxed)
    }

    /// The worker runs on this thread from now on.
    pub(crate) fn set_thread(&self, thread: Thread) {
        *self.thread.lock() = Some(thread);
    }

    /// Does the worker's thread compute?
    pub(crate) fn activity(&self) -> Activity {
        let thread = self.thread.lock();
        match thread.as_ref().and_then(Thread::is_on_cpu) {
            Some(true) => Activity::OnCpu,
            Some(false) => Activity::OffCpu,
            None => Activity::Unknown,
        }
    }
}
