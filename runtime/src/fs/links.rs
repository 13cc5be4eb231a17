//! Names of files: links and canonical paths.

use std::io;
use std::path::{Path, PathBuf};

/// The absolute path without `.`, `..` and symbolic links.
///
/// # Errors
///
/// As [`std::fs::canonicalize`]: when something on the way does not exist, for example.
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// assert!(plies::fs::canonicalize("./Cargo.toml").await?.is_absolute());
/// # Ok(())
/// # }
/// ```
pub async fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::canonicalize(path)).await
}

/// Gives a file a second name on the same file system.
///
/// # Errors
///
/// As [`std::fs::hard_link`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::hard_link("report", "report.latest").await
/// # }
/// ```
pub async fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    super::run(move || std::fs::hard_link(original, link)).await
}

/// Makes a symbolic link at `link` to `original`, which need not exist.
///
/// # Errors
///
/// As [`std::os::unix::fs::symlink`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::symlink("releases/7", "current").await
/// # }
/// ```
pub async fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    super::run(move || std::os::unix::fs::symlink(original, link)).await
}

/// What a symbolic link points to.
///
/// # Errors
///
/// As [`std::fs::read_link`]: when `path` is not a symbolic link, for example.
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// println!("{}", plies::fs::read_link("current").await?.display());
/// # Ok(())
/// # }
/// ```
pub async fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::read_link(path)).await
}
