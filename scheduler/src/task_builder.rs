//! What may be said of a task at its spawn.

use crate::Attributes;

/// A task's name and attributes, for [`Handle::spawn_with`](crate::Handle::spawn_with).
///
/// # Examples
///
/// ```
/// use plies_scheduler::{Attributes, TaskBuilder};
///
/// let task = TaskBuilder::new().name("flush").attributes(Attributes::new().with_class(1));
/// # drop(task);
/// ```
#[derive(Clone, Debug, Default)]
pub struct TaskBuilder {
    pub(crate) name: Option<Box<str>>,
    pub(crate) attributes: Attributes,
}

impl TaskBuilder {
    /// Without a name, with the default attributes.
    pub const fn new() -> Self {
        TaskBuilder {
            name: None,
            attributes: Attributes::new(),
        }
    }

    /// Sets the name that observers and metrics show.
    #[must_use]
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets what the scheduling policy is told.
    #[must_use]
    pub fn attributes(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }
}
