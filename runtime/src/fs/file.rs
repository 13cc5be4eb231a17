//! An open file.

mod buffer;
mod cursor;
mod io;
mod operation;

use std::fmt;
use std::fs::{File as StdFile, Metadata, Permissions};
use std::io::Result;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::Mutex;

use super::{FileTimes, OpenOptions};
use crate::unwind::NotUnwindSafe;
use buffer::Buffer;
use cursor::{Cursor, State};

/// How much one operation reads or writes at most, unless set.
const MAX_BUFFER: usize = 2 * 1024 * 1024;

/// An open file, which reads, writes and seeks on the runtime's blocking threads.
///
/// A write is ready when its bytes have been copied and the one before has ended, so its error
/// comes with the next write, or with a flush. **Before the file is dropped, call
/// [`flush`](crate::io::AsyncWriteExt::flush)** to wait for the last write and to learn of its
/// error. What was written without that still reaches the file, but nobody knows when; the file is
/// closed after it.
///
/// Each operation goes through a thread: read and write much at a time.
///
/// # Cancel safety
///
/// A dropped read loses nothing: what was read stays for the next one, and a write or seek in
/// between starts where the last completed read ended. A dropped `write` has either taken bytes and
/// returned how many, or taken none.
///
/// # Examples
///
/// ```
/// use plies::fs::File;
/// use plies::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, SeekFrom};
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let path = std::env::temp_dir().join(format!("plies-file-{}", std::process::id()));
/// let mut file = File::create_new(&path).await?;
/// file.write_all(b"written, then read").await?;
/// file.flush().await?;
///
/// file.seek(SeekFrom::Start(14)).await?;
/// let mut end = String::new();
/// file.read_to_string(&mut end).await?;
/// assert_eq!(end, "read");
/// # plies::fs::remove_file(path).await
/// # }
/// ```
pub struct File {
    std: Arc<StdFile>,
    cursor: Mutex<Cursor>,
    max_buf_size: usize,
    _unwind: NotUnwindSafe,
}

impl File {
    /// Opens a file to read it.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().read(true).open(path).await
    }

    /// Opens a file to write it: creates it, or empties it.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::create`].
    pub async fn create(path: impl AsRef<Path>) -> Result<Self> {
        let mut options = Self::options();
        options.write(true).create(true).truncate(true);
        options.open(path).await
    }

    /// Creates a file to read and write it.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::create_new`]: when the file is there already, for example.
    pub async fn create_new<P: AsRef<Path>>(path: P) -> Result<Self> {
        let mut options = Self::options();
        options.read(true).write(true).create_new(true);
        options.open(path).await
    }

    /// Options to open a file with; see [`OpenOptions`].
    #[must_use]
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Takes over an open file.
    #[must_use]
    pub fn from_std(std: StdFile) -> Self {
        Self {
            std: Arc::new(std),
            cursor: Mutex::default(),
            max_buf_size: MAX_BUFFER,
            _unwind: NotUnwindSafe::default(),
        }
    }

    /// Waits until everything that was written, and what is known of the file, is on the disk.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::sync_all`]. An error of a write before is told by the next write or
    /// flush.
    pub async fn sync_all(&self) -> Result<()> {
        self.after_settling(|std, _| std.sync_all()).await
    }

    /// Waits until everything that was written is on the disk, and of what is known of the file
    /// only what it takes to read it back.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::sync_data`], and otherwise as [`sync_all`](Self::sync_all).
    pub async fn sync_data(&self) -> Result<()> {
        self.after_settling(|std, _| std.sync_data()).await
    }

    /// Cuts the file to `size` bytes, or fills it up with zeros; the position stays.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::set_len`].
    pub async fn set_len(&self, size: u64) -> Result<()> {
        self.after_settling(move |std, buffer| {
            operation::go_back(std, buffer.discard())?;
            std.set_len(size)
        })
        .await
    }

    /// What is known of the file.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::metadata`].
    pub async fn metadata(&self) -> Result<Metadata> {
        let std = self.std.clone();
        super::run(move || std.metadata()).await
    }

    /// A second `File` for the same open file: they share the position.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::try_clone`].
    pub async fn try_clone(&self) -> Result<Self> {
        let std = self.after_settling(|std, _| std.try_clone()).await?;
        let mut file = Self::from_std(std);
        file.max_buf_size = self.max_buf_size;
        Ok(file)
    }

    /// Waits for the operation that goes on and returns the file.
    ///
    /// An error of that operation is lost: [`flush`](crate::io::AsyncWriteExt::flush) first to
    /// learn of it. What was read and not taken is skipped.
    pub async fn into_std(mut self) -> StdFile {
        loop {
            // Its error, that the runtime has shut down, says that the operation is over.
            let _ = self.cursor.get_mut().settle().await;
            match self.try_into_std() {
                Ok(std) => return std,
                // A `metadata` that was dropped, say, whose job has the file for a moment yet.
                Err(busy) => self = busy,
            }
            crate::task::yield_now().await;
        }
    }

    /// The file, if no operation goes on.
    ///
    /// # Errors
    ///
    /// This `File`, while one does: see [`into_std`](Self::into_std).
    #[allow(clippy::result_large_err)] // It gives back what it took.
    pub fn try_into_std(mut self) -> std::result::Result<StdFile, Self> {
        match Arc::try_unwrap(self.std) {
            Ok(std) => Ok(std),
            Err(shared) => {
                self.std = shared;
                Err(self)
            }
        }
    }

    /// Sets the permissions of the file.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::set_permissions`].
    pub async fn set_permissions(&self, perm: Permissions) -> Result<()> {
        let std = self.std.clone();
        super::run(move || std.set_permissions(perm)).await
    }

    /// Sets when the file was read and written, after the operation that goes on.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::set_times`].
    pub async fn set_times(&self, times: FileTimes) -> Result<()> {
        self.after_settling(move |std, _| std.set_times(times.into_std()))
            .await
    }

    /// Sets when the file was written; see [`set_times`](Self::set_times).
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::set_modified`].
    pub async fn set_modified(&self, time: SystemTime) -> Result<()> {
        self.set_times(FileTimes::new().set_modified(time)).await
    }

    /// Sets how many bytes one operation reads or writes at most; 2 MiB unless set.
    ///
    /// # Panics
    ///
    /// When it is zero: nothing could be read.
    #[track_caller]
    pub fn set_max_buf_size(&mut self, max_buf_size: usize) {
        assert!(
            max_buf_size > 0,
            "call `set_max_buf_size` with 1 byte or more"
        );
        self.max_buf_size = max_buf_size;
    }

    /// How many bytes one operation reads or writes at most.
    #[must_use]
    pub fn max_buf_size(&self) -> usize {
        self.max_buf_size
    }

    /// Runs an operation that returns something, once the one that goes on has ended.
    async fn after_settling<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&StdFile, &mut Buffer) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut cursor = self.cursor.lock().await;
        cursor.settle().await?;
        let (job, result) = operation::other(self.std.clone(), cursor.take_idle(), operation);
        cursor.state = State::Busy(job);
        drop(cursor);
        result.await.unwrap_or_else(|_| Err(super::shut_down()))
    }
}

impl From<StdFile> for File {
    fn from(std: StdFile) -> Self {
        Self::from_std(std)
    }
}

impl From<OwnedFd> for File {
    fn from(fd: OwnedFd) -> Self {
        Self::from_std(fd.into())
    }
}

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.std.as_fd()
    }
}

impl AsRawFd for File {
    fn as_raw_fd(&self) -> RawFd {
        self.std.as_raw_fd()
    }
}

impl FromRawFd for File {
    unsafe fn from_raw_fd(fd: RawFd) -> Self {
        // SAFETY: the caller owns an open descriptor and gives it away; std asks for the same.
        unsafe { StdFile::from_raw_fd(fd) }.into()
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("std", &self.std)
            .finish_non_exhaustive()
    }
}
