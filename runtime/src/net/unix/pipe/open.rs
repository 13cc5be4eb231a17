//! Opening named pipes.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::descriptor::{End, check_pipe};
use super::{Receiver, Sender};

/// How to open a named pipe (a FIFO).
///
/// Opening never waits for the other end. Without [`read_write`](Self::read_write), a receiver
/// reads the end of the stream whenever no sender has the pipe open, and a sender cannot be opened
/// before a receiver.
///
/// # Examples
///
/// ```no_run
/// use plies::io::AsyncReadExt;
/// use plies::net::unix::pipe;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut receiver = pipe::OpenOptions::new().open_receiver("/run/commands")?;
/// let mut command = Vec::new();
/// receiver.read_buf(&mut command).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    read_write: bool,
    unchecked: bool,
}

impl OpenOptions {
    /// Opens one direction, of a file that is checked to be a pipe.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether the pipe is opened in both directions, as Linux allows.
    ///
    /// Then a sender can be opened before there is a receiver, and a receiver waits for senders
    /// instead of reading the end of the stream: it holds a sending end itself.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn read_write(&mut self, value: bool) -> &mut Self {
        self.read_write = value;
        self
    }

    /// Sets whether the check that the file is a pipe is left out.
    pub fn unchecked(&mut self, value: bool) -> &mut Self {
        self.unchecked = value;
        self
    }

    /// Opens the pipe for reading.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or is not a pipe.
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn open_receiver<P: AsRef<Path>>(&self, path: P) -> io::Result<Receiver> {
        Receiver::from_file_unchecked(self.open(path.as_ref(), End::Receiver)?)
    }

    /// Opens the pipe for writing.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or is not a pipe, and when no receiver has it open
    /// (`ENXIO`: try again later, or set [`read_write`](Self::read_write)).
    ///
    /// # Panics
    ///
    /// When there is no current runtime.
    #[track_caller]
    pub fn open_sender<P: AsRef<Path>>(&self, path: P) -> io::Result<Sender> {
        Sender::from_file_unchecked(self.open(path.as_ref(), End::Sender)?)
    }

    fn open(&self, path: &Path, end: End) -> io::Result<File> {
        let file = fs::OpenOptions::new()
            .read(self.read_write || end == End::Receiver)
            .write(self.read_write || end == End::Sender)
            .custom_flags(libc::O_NONBLOCK)
            .open(path)?;
        if !self.unchecked {
            check_pipe(&file)?;
        }
        Ok(file)
    }
}
