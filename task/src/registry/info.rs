//! What diagnostics see of a task.

use crate::cell::Front;
use crate::handle::Reference;
use crate::header::Header;
use crate::{AbortHandle, Id};
use core::fmt;
use core::marker::PhantomData;
use core::panic::Location;
use core::ptr::NonNull;

/// What a task is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskState {
    /// Waiting for a wake.
    Idle,
    /// In its scheduler's queue.
    Queued,
    /// Being polled.
    Running,
    /// Cancelled, and about to be dropped by whoever runs it next or is polling it now.
    Cancelling,
    /// Its future is gone.
    Complete,
}

/// A registered task, in [`Registry::for_each`](crate::Registry::for_each).
pub struct TaskInfo<M = ()> {
    reference: Reference,
    metadata: PhantomData<fn() -> M>,
}

impl<M> TaskInfo<M> {
    /// # Safety
    ///
    /// The cell is alive, and its metadata is an `M`.
    pub(crate) unsafe fn new(header: NonNull<Header>) -> Self {
        // SAFETY: passed on from the caller.
        let reference = unsafe { Reference::new(header) };
        Self {
            reference,
            metadata: PhantomData,
        }
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        self.reference.header().id
    }

    /// What [`Builder::name`](crate::Builder::name) set.
    pub fn name(&self) -> Option<&str> {
        self.reference.header().origin.name()
    }

    /// Where the task was spawned.
    pub fn location(&self) -> &'static Location<'static> {
        self.reference.header().origin.location()
    }

    /// What [`Builder::metadata`](crate::Builder::metadata) attached.
    pub fn metadata(&self) -> &M {
        let front = NonNull::from(self.reference.header()).cast::<Front<M>>();
        // SAFETY: the header is the front of a cell that the reference keeps alive, and whose
        // metadata is an `M`.
        unsafe { &(*front.as_ptr()).metadata }
    }

    /// How often the task has been polled, a poll that is going on included; modulo 2^31.
    pub fn polls(&self) -> u64 {
        self.reference.header().polls.begun().into()
    }

    /// What the executor last left with the task in
    /// [`Runnable::set_stamp`](crate::Runnable::set_stamp); 0 if it never did.
    pub fn stamp(&self) -> u32 {
        self.reference.header().polls.stamp()
    }

    /// What the task is doing now.
    pub fn state(&self) -> TaskState {
        let header = self.reference.header();
        let state = header.state.load();
        if state.is_complete() {
            TaskState::Complete
        } else if state.is_cancelled() {
            TaskState::Cancelling
        } else if state.is_idle() {
            TaskState::Idle
        } else if header.polls.is_polling() {
            TaskState::Running
        } else {
            TaskState::Queued
        }
    }

    /// A handle to cancel it with.
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle::new(self.reference.clone())
    }
}

impl<M> fmt::Debug for TaskInfo<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskInfo")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("location", &format_args!("{}", self.location()))
            .field("state", &self.state())
            .field("polls", &self.polls())
            .finish()
    }
}
