//! What a file has a blocking thread do.

use std::fs::File as StdFile;
use std::io::{self, Seek, SeekFrom};
use std::sync::Arc;

use plies_task::JoinHandle;
use tokio::sync::oneshot;

use super::buffer::Buffer;

/// What an operation came to.
#[derive(Debug)]
pub(super) enum Done {
    Read(io::Result<()>),
    Write(io::Result<()>),
    /// The position after a seek.
    Seek(io::Result<u64>),
    /// An operation that tells its result elsewhere.
    Other,
}

/// An operation, which brings back the buffer.
pub(super) type Job = JoinHandle<(Done, Buffer)>;

pub(super) fn read(file: Arc<StdFile>, mut buffer: Buffer, limit: usize) -> Job {
    crate::task::spawn_blocking(move || {
        let result = buffer.read_from(&*file, limit);
        (Done::Read(result), buffer)
    })
}

/// Moves the file by `before` and then to `position`.
pub(super) fn seek(file: Arc<StdFile>, before: i64, position: SeekFrom, buffer: Buffer) -> Job {
    crate::task::spawn_blocking(move || {
        let result = go_back(&file, before).and_then(|()| (&*file).seek(position));
        (Done::Seek(result), buffer)
    })
}

/// Runs `operation` and sends what it returns.
pub(super) fn other<T: Send + 'static>(
    file: Arc<StdFile>,
    mut buffer: Buffer,
    operation: impl FnOnce(&StdFile, &mut Buffer) -> io::Result<T> + Send + 'static,
) -> (Job, oneshot::Receiver<io::Result<T>>) {
    let (sender, receiver) = oneshot::channel();
    let job = crate::task::spawn_blocking(move || {
        // Whoever waited may have gone.
        let _ = sender.send(operation(&file, &mut buffer));
        (Done::Other, buffer)
    });
    (job, receiver)
}

/// Moves the file by `before` and then writes the buffer.
pub(super) fn write(file: Arc<StdFile>, before: i64, buffer: Buffer) -> Job {
    let mut write = Write {
        file,
        before,
        buffer,
        begun: false,
    };
    crate::task::spawn_blocking(move || {
        let result = write.run();
        (Done::Write(result), std::mem::take(&mut write.buffer))
    })
}

/// Back over what was read ahead and not taken.
pub(super) fn go_back(mut file: &StdFile, by: i64) -> io::Result<()> {
    if by != 0 {
        file.seek(SeekFrom::Current(by))?;
    }
    Ok(())
}

/// A write that was promised: whoever polled it was told that the bytes are taken.
struct Write {
    file: Arc<StdFile>,
    before: i64,
    buffer: Buffer,
    begun: bool,
}

impl Write {
    fn run(&mut self) -> io::Result<()> {
        self.begun = true;
        go_back(&self.file, self.before)?;
        self.buffer.write_to(&*self.file)
    }
}

/// A runtime that shuts down drops the jobs that have not begun: this one is done then.
impl Drop for Write {
    fn drop(&mut self) {
        if !self.begun {
            // Nobody is left to be told.
            let _ = self.run();
        }
    }
}
