//! Making, moving and removing files and directories.

use std::io;
use std::path::Path;

/// Makes a directory, in one that exists.
///
/// # Errors
///
/// As [`std::fs::create_dir`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::create_dir("out").await
/// # }
/// ```
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::create_dir(path)).await
}

/// Makes a directory and those above it that are missing; one that exists is no error.
///
/// # Errors
///
/// As [`std::fs::create_dir_all`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::create_dir_all("out/logs/today").await
/// # }
/// ```
pub async fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::create_dir_all(path)).await
}

/// Removes an empty directory.
///
/// # Errors
///
/// As [`std::fs::remove_dir`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::remove_dir("out").await
/// # }
/// ```
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::remove_dir(path)).await
}

/// Removes a directory and all that is in it; symbolic links are removed, not followed.
///
/// # Errors
///
/// As [`std::fs::remove_dir_all`]: what had been removed by then stays removed.
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::remove_dir_all("out").await
/// # }
/// ```
pub async fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::remove_dir_all(path)).await
}

/// Removes a file; who has it open keeps it.
///
/// # Errors
///
/// As [`std::fs::remove_file`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::remove_file("out/log").await
/// # }
/// ```
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::remove_file(path)).await
}

/// Gives a file or directory another path on the same file system, in place of what is there.
///
/// # Errors
///
/// As [`std::fs::rename`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::write("settings.new", "level = 3").await?;
/// plies::fs::rename("settings.new", "settings").await
/// # }
/// ```
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    super::run(move || std::fs::rename(from, to)).await
}
