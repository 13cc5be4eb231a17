//! How a file is opened.

use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::File;

/// How a file is opened; made of a [`std::fs::OpenOptions`], or from nothing.
///
/// # Examples
///
/// ```no_run
/// use plies::fs::OpenOptions;
///
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// let log = OpenOptions::new().create(true).append(true).open("log").await?;
/// # drop(log);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions(std::fs::OpenOptions);

macro_rules! switches {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&mut self, $name: bool) -> &mut Self {
            self.0.$name($name);
            self
        }
    )*};
}

impl OpenOptions {
    /// Everything off: set [`read`](Self::read), [`write`](Self::write) or
    /// [`append`](Self::append) at least.
    #[must_use]
    pub fn new() -> Self {
        Self(std::fs::OpenOptions::new())
    }

    switches! {
        /// Sets whether the file can be read.
        read;
        /// Sets whether the file can be written, from its beginning.
        write;
        /// Sets whether each write goes to the end of the file, wherever that is by then.
        append;
        /// Sets whether the file is emptied; needs [`write`](Self::write).
        truncate;
        /// Sets whether the file is created if it is not there; needs [`write`](Self::write) or
        /// [`append`](Self::append).
        create;
        /// Sets whether the file must be created: it is an error if it is there, in one step with
        /// the creation. Makes [`create`](Self::create) and [`truncate`](Self::truncate) ignored.
        create_new;
    }

    /// Sets the permission bits of a file that is created, less the process's umask; 0o666 unless
    /// set.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.0.mode(mode);
        self
    }

    /// Sets further flags of the system call, without its access mode.
    pub fn custom_flags(&mut self, flags: i32) -> &mut Self {
        self.0.custom_flags(flags);
        self
    }

    /// Opens the file.
    ///
    /// # Errors
    ///
    /// As [`std::fs::OpenOptions::open`].
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        let path = path.as_ref().to_owned();
        let options = self.0.clone();
        let file = super::run(move || options.open(path)).await?;
        Ok(File::from_std(file))
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<std::fs::OpenOptions> for OpenOptions {
    fn from(options: std::fs::OpenOptions) -> Self {
        Self(options)
    }
}
