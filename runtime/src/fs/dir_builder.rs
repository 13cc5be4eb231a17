//! Making directories with options.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes directories with options; see [`std::fs::DirBuilder`].
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::fs::DirBuilder::new().recursive(true).mode(0o700).create("private/keys").await
/// # }
/// ```
#[derive(Debug, Default)]
pub struct DirBuilder {
    recursive: bool,
    mode: Option<u32>,
}

impl DirBuilder {
    /// Makes one directory, with the default permissions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether the directories above are made too; then one that exists is no error.
    pub fn recursive(&mut self, recursive: bool) -> &mut Self {
        self.recursive = recursive;
        self
    }

    /// Sets the permission bits of what is made, less the process's umask; 0o777 unless set.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.mode = Some(mode);
        self
    }

    /// Makes the directory.
    ///
    /// # Errors
    ///
    /// As [`std::fs::DirBuilder::create`].
    pub async fn create(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref().to_owned();
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(self.recursive);
        if let Some(mode) = self.mode {
            builder.mode(mode);
        }
        super::run(move || builder.create(path)).await
    }
}
