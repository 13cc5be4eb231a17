//! The report of a stall.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use super::pulse::Shown;
use crate::WorkerId;

/// What a stuck worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activity {
    /// It computes, or waits for a processor to compute on.
    OnCpu,
    /// It sleeps in the system: a lock, a read, a sleep.
    OffCpu,
    /// The platform does not say.
    Unknown,
}

/// A worker that has been in one poll for too long, as
/// [`Builder::on_stall`](crate::Builder::on_stall) and [`Observer::stalled`](crate::Observer::stalled)
/// are told.
#[derive(Clone, Debug)]
pub struct Stall {
    pub(super) worker: WorkerId,
    pub(super) task: Option<u64>,
    pub(super) name: Option<Box<str>>,
    pub(super) location: Option<&'static Location<'static>>,
    pub(super) elapsed: Duration,
    pub(super) activity: Activity,
    #[cfg(feature = "stall-stack")]
    pub(super) stack: Option<super::Stack>,
}

impl Stall {
    pub(super) fn new(
        worker: WorkerId,
        shown: Option<Shown>,
        elapsed: Duration,
        activity: Activity,
    ) -> Self {
        let (task, location, name) = match shown {
            Some(Shown {
                task,
                location,
                name,
            }) => (Some(task), location, name),
            None => (None, None, None),
        };
        Stall {
            worker,
            task,
            name,
            location,
            elapsed,
            activity,
            #[cfg(feature = "stall-stack")]
            stack: None,
        }
    }

    /// The worker that is stuck.
    pub fn worker(&self) -> WorkerId {
        self.worker
    }

    /// The number of the task that it polls, [`Id::get`](crate::Id::get); `None` if it is not a
    /// task that holds it up, but a waker, a driver or a policy.
    pub fn task(&self) -> Option<u64> {
        self.task
    }

    /// The task's name, if it was spawned with one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where the task was spawned.
    pub fn location(&self) -> Option<&'static Location<'static>> {
        self.location
    }

    /// How long the poll has taken so far, to the precision of the samples: at least this long.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Whether the worker computes or sleeps.
    pub fn activity(&self) -> Activity {
        self.activity
    }

    /// The calls that the worker's thread was in when the stall was reported.
    ///
    /// `None` unless [`Rescue::capture_stack`](crate::Rescue::capture_stack) asked for it; and
    /// where the poll ended meanwhile, the thread did not answer in time, or the platform is none
    /// of those listed there.
    #[cfg(feature = "stall-stack")]
    pub fn stack(&self) -> Option<&super::Stack> {
        self.stack.as_ref()
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.task {
            Some(task) => write!(f, "task {task}")?,
            None => write!(f, "worker {}, outside of its tasks,", self.worker.index())?,
        }
        if let Some(name) = &self.name {
            write!(f, " '{name}'")?;
        }
        if let Some(location) = self.location {
            write!(f, " spawned at {location}")?;
        }
        let doing = match self.activity {
            Activity::OnCpu => "computes",
            Activity::OffCpu => "blocks its thread",
            Activity::Unknown => "keeps its thread",
        };
        write!(f, " {doing} for {:.1?} without an await", self.elapsed)
    }
}
