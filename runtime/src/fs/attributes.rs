//! What is known of a file besides its contents.

use std::fs::{Metadata, Permissions};
use std::io;
use std::path::Path;

/// What is known of the file at `path`; of the target, where that is a symbolic link.
///
/// # Errors
///
/// As [`std::fs::metadata`].
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// assert!(plies::fs::metadata("Cargo.toml").await?.is_file());
/// # Ok(())
/// # }
/// ```
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::metadata(path)).await
}

/// What is known of the file at `path`; of the link itself, where that is a symbolic link.
///
/// # Errors
///
/// As [`std::fs::symlink_metadata`].
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// assert!(!plies::fs::symlink_metadata("Cargo.toml").await?.is_symlink());
/// # Ok(())
/// # }
/// ```
pub async fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::symlink_metadata(path)).await
}

/// Sets the permissions of a file.
///
/// # Errors
///
/// As [`std::fs::set_permissions`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut permissions = plies::fs::metadata("notes").await?.permissions();
/// permissions.set_readonly(true);
/// plies::fs::set_permissions("notes", permissions).await
/// # }
/// ```
pub async fn set_permissions(path: impl AsRef<Path>, perm: Permissions) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::set_permissions(path, perm)).await
}

/// Whether something is at `path`; `false` too for a symbolic link without a target.
///
/// # Errors
///
/// When it cannot be told, for lack of a permission for example; see [`std::fs::exists`].
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// assert!(plies::fs::try_exists("Cargo.toml").await?);
/// # Ok(())
/// # }
/// ```
pub async fn try_exists(path: impl AsRef<Path>) -> io::Result<bool> {
    let path = path.as_ref().to_owned();
    super::run(move || std::fs::exists(path)).await
}
