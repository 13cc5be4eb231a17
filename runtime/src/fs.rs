//! Files and directories, on the runtime's blocking threads.
//!
//! Operating systems have no readiness for files, so each operation is a job for the blocking pool:
//! the task waits for it, and its worker does not. What is done in one job is faster than the same
//! in many: prefer [`read`] and [`write()`] to many small reads and writes of a [`File`], or wrap
//! that in a [`BufReader`](crate::io::BufReader) or [`BufWriter`](crate::io::BufWriter).
//!
//! # Errors
//!
//! Everything here returns the error of the function of [`std::fs`] that it is named after, and an
//! error of kind [`Other`](std::io::ErrorKind::Other) when the runtime shuts down before the job
//! has begun.
//!
//! # Panics
//!
//! Everything here panics, when it is polled, if there is no current runtime.
//!
//! # Cancel safety
//!
//! A job that has begun goes on when the future that waits for it is dropped; one that has not may
//! still begin. So a dropped `rename` may have renamed or not, and may rename yet.
//!
//! # Examples
//!
//! ```
//! use plies::fs;
//!
//! # #[plies::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let path = std::env::temp_dir().join(format!("plies-fs-{}", std::process::id()));
//! fs::write(&path, "some text").await?;
//! assert_eq!(fs::read_to_string(&path).await?, "some text");
//! fs::remove_file(&path).await?;
//! # Ok(())
//! # }
//! ```

mod attributes;
mod contents;
mod dir_builder;
mod file;
mod file_times;
mod links;
mod open_options;
mod read_dir;
mod tree;

use std::io;

pub use attributes::{metadata, set_permissions, symlink_metadata, try_exists};
pub use contents::{copy, read, read_to_string, write};
pub use dir_builder::DirBuilder;
pub use file::File;
pub use file_times::FileTimes;
pub use links::{canonicalize, hard_link, read_link, symlink};
pub use open_options::OpenOptions;
pub use read_dir::{DirEntry, ReadDir, read_dir};
pub use tree::{create_dir, create_dir_all, remove_dir, remove_dir_all, remove_file, rename};

/// Runs `operation` on a blocking thread.
async fn run<T: Send + 'static>(
    operation: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match crate::task::spawn_blocking(operation).await {
        Ok(result) => result,
        Err(_) => Err(shut_down()),
    }
}

/// The error of a job that was dropped: it cannot have panicked.
fn shut_down() -> io::Error {
    crate::runtime::shut_down(
        "the runtime has shut down before the file operation began: finish files, with `flush`, \
         while it runs",
    )
}
