//! Whole files, in one job each.

use std::io;
use std::path::Path;

/// Reads a whole file.
///
/// # Errors
///
/// As [`std::fs::read`].
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let manifest = plies::fs::read("Cargo.toml").await?;
/// assert!(manifest.starts_with(b"[package]"));
/// # Ok(())
/// # }
/// ```
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::read(path)).await
}

/// Reads a whole file of UTF-8 text.
///
/// # Errors
///
/// As [`std::fs::read_to_string`]: [`InvalidData`](io::ErrorKind::InvalidData) when it is not
/// UTF-8.
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// assert!(plies::fs::read_to_string("Cargo.toml").await?.contains("plies"));
/// # Ok(())
/// # }
/// ```
pub async fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::read_to_string(path)).await
}

/// Writes a whole file: creates it, or replaces what is in it.
///
/// The contents are copied first, for the job may outlive the future.
///
/// # Errors
///
/// As [`std::fs::write`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::write("greeting", "hello").await
/// # }
/// ```
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    let contents = contents.as_ref().to_owned();
    super::run(move || std::fs::write(path, contents)).await
}

/// Copies the contents and the permissions of a file; returns how many bytes those are.
///
/// # Errors
///
/// As [`std::fs::copy`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// let bytes = plies::fs::copy("data", "data.backup").await?;
/// println!("{bytes} bytes copied");
/// # Ok(())
/// # }
/// ```
pub async fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    super::run(move || std::fs::copy(from, to)).await
}
