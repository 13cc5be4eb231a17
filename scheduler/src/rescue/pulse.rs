//! What a worker shows the monitor, and whoever asks for a dump: whether it rests, and which task it
//! polls since when.

use std::panic::Location;
// The task and the time are shown for reports only: the model checkers have nothing to find in them.
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64};

use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicBool, Ordering};

use super::{Activity, Thread};
use crate::Runnable;

pub(crate) struct Pulse {
    resting: AtomicBool,
    // Its task has said that it blocks: it rests, but in the middle of a poll.
    in_place: AtomicBool,
    // The stamp that its tasks get: set by the worker now and then, and by the monitor.
    now: AtomicU32,
    // The last stamp that is no later than the current poll, but for one sample.
    began: AtomicU32,
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
            in_place: AtomicBool::new(false),
            now: AtomicU32::new(0),
            began: AtomicU32::new(0),
            task: AtomicU64::new(0),
            location: AtomicPtr::default(),
            name: Mutex::new(None),
            thread: Mutex::new(None),
        }
    }

    /// Shows the task that the worker is about to poll, and stamps it.
    #[inline]
    pub(crate) fn show(&self, task: &Runnable) {
        task.set_stamp(self.now.load(Ordering::Relaxed));
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

    /// Sets the stamp of polls that begin from now on.
    pub(crate) fn set_now(&self, stamp: u32) {
        self.now.store(stamp, Ordering::Relaxed);
    }

    /// The current poll, if there is one, has just begun.
    pub(crate) fn set_began(&self, stamp: u32) {
        self.began.store(stamp, Ordering::Relaxed);
    }

    /// About when the current poll began, or the last one.
    pub(crate) fn began(&self) -> u32 {
        self.began.load(Ordering::Relaxed)
    }

    pub(crate) fn set_in_place(&self, in_place: bool) {
        self.in_place.store(in_place, Ordering::Relaxed);
    }

    pub(crate) fn is_in_place(&self) -> bool {
        self.in_place.load(Ordering::Relaxed)
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

    /// The worker's thread is about to end.
    pub(crate) fn forget_thread(&self) {
        *self.thread.lock() = None;
    }

    /// Does the worker have a thread of its own now?
    pub(crate) fn has_thread(&self) -> bool {
        self.thread.lock().is_some()
    }

    /// The calls that the worker's thread is in.
    #[cfg(feature = "stall-stack")]
    pub(super) fn stack(&self) -> Option<super::Stack> {
        self.thread.lock().as_ref().and_then(Thread::stack)
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
