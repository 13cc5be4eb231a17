//! Standard input.

use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{Job, LIMIT, poll_job};
use crate::io::{AsyncRead, ReadBuf};
use crate::task::coop;

/// The standard input of the process.
///
/// Each read blocks a thread of the runtime's blocking pool, and cannot be taken back: a read that
/// waits for a person to press a key keeps that thread, also when the runtime shuts down. It suits
/// a program that data is piped into. For interactive input, read on a thread of your own.
///
/// # Cancel safety
///
/// What a dropped read brings is kept in this handle, for its next read. It is lost only when the
/// handle is dropped: make one and keep it.
///
/// # Examples
///
/// ```no_run
/// use plies::io::{AsyncBufReadExt, BufReader};
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut lines = BufReader::new(plies::io::stdin()).lines();
/// while let Some(line) = lines.next_line().await? {
///     println!("{} bytes", line.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Stdin {
    job: Option<Job>,
    /// What was read; the first `taken` bytes of it are with the user.
    bytes: Vec<u8>,
    taken: usize,
}

/// A handle to the standard input of the process; see [`Stdin`].
#[must_use]
pub fn stdin() -> Stdin {
    Stdin {
        job: None,
        bytes: Vec::new(),
        taken: 0,
    }
}

impl Stdin {
    fn start(&mut self, limit: usize) {
        let mut bytes = std::mem::take(&mut self.bytes);
        self.taken = 0;
        self.job = Some(crate::task::spawn_blocking(move || {
            bytes.resize(limit, 0);
            let read = read(&mut bytes);
            bytes.truncate(*read.as_ref().unwrap_or(&0));
            (read.map(drop), bytes)
        }));
    }

    fn take(&mut self, target: &mut ReadBuf<'_>) {
        let count = target.remaining().min(self.bytes.len() - self.taken);
        target.put_slice(&self.bytes[self.taken..self.taken + count]);
        self.taken += count;
    }
}

fn read(bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match io::stdin().read(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl AsyncRead for Stdin {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        target: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let budget = ready!(coop::poll_proceed(cx));
        if this.job.is_none() && this.taken == this.bytes.len() {
            if target.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            this.start(target.remaining().min(LIMIT));
        }
        let result = ready!(poll_job(&mut this.job, &mut this.bytes, cx));
        budget.made_progress();
        this.take(target);
        Poll::Ready(result)
    }
}

impl AsFd for Stdin {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the standard streams are open for as long as the process runs.
        unsafe { BorrowedFd::borrow_raw(self.as_raw_fd()) }
    }
}

impl AsRawFd for Stdin {
    fn as_raw_fd(&self) -> RawFd {
        io::stdin().as_raw_fd()
    }
}
