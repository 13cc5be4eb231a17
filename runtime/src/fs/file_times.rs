//! When a file was read and written.

use std::time::SystemTime;

/// The times that [`File::set_times`](super::File::set_times) sets; one that is left out stays.
///
/// # Examples
///
/// ```no_run
/// use std::time::SystemTime;
/// use plies::fs::{File, FileTimes};
///
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// let file = File::options().write(true).open("stamp").await?;
/// let epoch = SystemTime::UNIX_EPOCH;
/// file.set_times(FileTimes::new().set_accessed(epoch).set_modified(epoch)).await
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it sets nothing until it is given to `File::set_times`"]
pub struct FileTimes {
    accessed: Option<SystemTime>,
    modified: Option<SystemTime>,
}

impl FileTimes {
    /// Times that change nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets when the file was read last.
    pub fn set_accessed(mut self, t: SystemTime) -> Self {
        self.accessed = Some(t);
        self
    }

    /// Sets when the file was written last.
    pub fn set_modified(mut self, t: SystemTime) -> Self {
        self.modified = Some(t);
        self
    }

    pub(super) fn into_std(self) -> std::fs::FileTimes {
        let mut times = std::fs::FileTimes::new();
        if let Some(accessed) = self.accessed {
            times = times.set_accessed(accessed);
        }
        if let Some(modified) = self.modified {
            times = times.set_modified(modified);
        }
        times
    }
}
