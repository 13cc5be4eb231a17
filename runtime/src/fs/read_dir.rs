//! What is in a directory.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{FileType, Metadata};
use std::future::{Future, poll_fn};
use std::io;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use plies_task::JoinHandle;

/// How many entries one job reads.
const CHUNK: usize = 32;

/// Reads what is in a directory.
///
/// # Errors
///
/// As [`std::fs::read_dir`].
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut names = Vec::new();
/// let mut entries = plies::fs::read_dir(".").await?;
/// while let Some(entry) = entries.next_entry().await? {
///     names.push(entry.file_name());
/// }
/// assert!(names.contains(&"Cargo.toml".into()));
/// # Ok(())
/// # }
/// ```
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    let path = path.as_ref().to_owned();
    let chunk = super::run(move || Ok(Chunk::first(std::fs::read_dir(path)?))).await?;
    Ok(ReadDir(State::Ready(chunk)))
}

/// The entries of a directory, in no particular order; made by [`read_dir`].
#[derive(Debug)]
#[must_use = "it reads no further unless asked for entries"]
pub struct ReadDir(State);

#[derive(Debug)]
enum State {
    Ready(Chunk),
    Reading(JoinHandle<Chunk>),
    /// Read to the end, or given up by a runtime that has shut down.
    Ended,
}

impl ReadDir {
    /// The next entry; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the directory cannot be read further; the entries after that may still come.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no entry.
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// The polled form of [`next_entry`](Self::next_entry): only the task of the last call is
    /// woken.
    pub fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>> {
        loop {
            match &mut self.0 {
                State::Ended => return Poll::Ready(Ok(None)),
                State::Reading(job) => match ready!(Pin::new(job).poll(cx)) {
                    Ok(chunk) => self.0 = State::Ready(chunk),
                    Err(_) => {
                        self.0 = State::Ended;
                        return Poll::Ready(Err(super::shut_down()));
                    }
                },
                State::Ready(chunk) => {
                    if let Some(entry) = chunk.entries.pop_front() {
                        return Poll::Ready(entry.map(Some));
                    }
                    self.0 = match std::mem::replace(&mut self.0, State::Ended) {
                        State::Ready(chunk) if !chunk.at_end => {
                            State::Reading(crate::task::spawn_blocking(|| chunk.next()))
                        }
                        _ => State::Ended,
                    };
                }
            }
        }
    }
}

/// Some entries, and the directory to read the next ones from.
#[derive(Debug)]
struct Chunk {
    entries: VecDeque<io::Result<DirEntry>>,
    directory: std::fs::ReadDir,
    at_end: bool,
}

impl Chunk {
    fn first(directory: std::fs::ReadDir) -> Self {
        let empty = Self {
            entries: VecDeque::with_capacity(CHUNK),
            directory,
            at_end: false,
        };
        empty.next()
    }

    /// Reads on. An error ends the chunk, for whoever reads to decide.
    fn next(mut self) -> Self {
        while self.entries.len() < CHUNK {
            let Some(entry) = self.directory.next() else {
                self.at_end = true;
                break;
            };
            let failed = entry.is_err();
            self.entries.push_back(entry.map(DirEntry::new));
            if failed {
                break;
            }
        }
        self
    }
}

/// An entry of a directory; from [`ReadDir`].
#[derive(Debug)]
pub struct DirEntry {
    /// Most systems say it along with the name.
    file_type: Option<FileType>,
    std: Arc<std::fs::DirEntry>,
}

impl DirEntry {
    fn new(entry: std::fs::DirEntry) -> Self {
        Self {
            file_type: entry.file_type().ok(),
            std: Arc::new(entry),
        }
    }

    /// The path of the directory, as it was given to [`read_dir`], with the name.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.std.path()
    }

    /// The name without the directory.
    #[must_use]
    pub fn file_name(&self) -> OsString {
        self.std.file_name()
    }

    /// What is known of the file; a symbolic link is not followed.
    ///
    /// # Errors
    ///
    /// As [`std::fs::symlink_metadata`].
    pub async fn metadata(&self) -> io::Result<Metadata> {
        let std = self.std.clone();
        super::run(move || std.metadata()).await
    }

    /// Whether it is a file, a directory or something else; a symbolic link is not followed.
    ///
    /// # Errors
    ///
    /// As [`std::fs::symlink_metadata`].
    pub async fn file_type(&self) -> io::Result<FileType> {
        if let Some(file_type) = self.file_type {
            return Ok(file_type);
        }
        let std = self.std.clone();
        super::run(move || std.file_type()).await
    }

    /// The inode number.
    #[must_use]
    pub fn ino(&self) -> u64 {
        self.std.ino()
    }
}
