//! Standard output and standard error.

use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{Job, LIMIT, poll_job};
use crate::io::AsyncWrite;
use crate::task::coop;

/// Defines `$handle`, of the standard library's `$std`, and `$function` that makes one.
macro_rules! output {
    ($handle:ident, $function:ident, $std:path, $name:literal) => {
        #[doc = concat!("The ", $name, " of the process.")]
        ///
        /// Each write is done by a thread of the runtime's blocking pool, and is complete once
        /// `flush` is ready. Handles write independently of each other: to keep texts in order or
        /// in one piece, share one handle.
        ///
        /// # Cancel safety
        ///
        /// A write that was ready is done, whatever happens to the handle and the runtime; one
        /// that was not has written nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use plies::io::AsyncWriteExt;
        ///
        /// # #[plies::main(flavor = "current_thread")]
        /// # async fn main() -> std::io::Result<()> {
        #[doc = concat!("let mut output = plies::io::", stringify!($function), "();")]
        /// output.write_all(b"hello\n").await?;
        /// output.flush().await
        /// # }
        /// ```
        #[derive(Debug)]
        pub struct $handle(Output);

        #[doc = concat!("A handle to the ", $name, " of the process; see [`", stringify!($handle), "`].")]
        #[must_use]
        pub fn $function() -> $handle {
            $handle(Output::default())
        }

        impl AsyncWrite for $handle {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                source: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.get_mut().0.poll_write(cx, source, $std)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.get_mut().0.poll_flush(cx, $std)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_flush(cx)
            }
        }

        impl AsFd for $handle {
            fn as_fd(&self) -> BorrowedFd<'_> {
                // SAFETY: the standard streams are open for as long as the process runs.
                unsafe { BorrowedFd::borrow_raw(self.as_raw_fd()) }
            }
        }

        impl AsRawFd for $handle {
            fn as_raw_fd(&self) -> RawFd {
                $std().as_raw_fd()
            }
        }
    };
}

output!(Stdout, stdout, io::stdout, "standard output");
output!(Stderr, stderr, io::stderr, "standard error");

/// The write that goes on, if any, and the buffer of the one before.
#[derive(Debug, Default)]
struct Output {
    job: Option<Job>,
    buffer: Vec<u8>,
    unflushed: bool,
}

impl Output {
    /// Takes the bytes as soon as the write before has ended, and tells its error, if any.
    fn poll_write<W: Write + 'static>(
        &mut self,
        cx: &mut Context<'_>,
        source: &[u8],
        target: fn() -> W,
    ) -> Poll<io::Result<usize>> {
        let budget = ready!(coop::poll_proceed(cx));
        ready!(poll_job(&mut self.job, &mut self.buffer, cx))?;
        budget.made_progress();
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.clear();
        bytes.extend_from_slice(&source[..source.len().min(LIMIT)]);
        let count = bytes.len();
        let mut promised = Promised {
            bytes,
            target,
            begun: false,
        };
        self.unflushed = true;
        self.job = Some(crate::task::spawn_blocking(move || {
            let result = promised.write();
            (result, std::mem::take(&mut promised.bytes))
        }));
        Poll::Ready(Ok(count))
    }

    fn poll_flush<W: Write + 'static>(
        &mut self,
        cx: &mut Context<'_>,
        target: fn() -> W,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(poll_job(&mut self.job, &mut self.buffer, cx))?;
            if !std::mem::take(&mut self.unflushed) {
                return Poll::Ready(Ok(()));
            }
            let buffer = std::mem::take(&mut self.buffer);
            self.job = Some(crate::task::spawn_blocking(move || {
                (target().flush(), buffer)
            }));
        }
    }
}

/// A write whose caller was told that the bytes are taken.
struct Promised<W: Write> {
    bytes: Vec<u8>,
    target: fn() -> W,
    begun: bool,
}

impl<W: Write> Promised<W> {
    fn write(&mut self) -> io::Result<()> {
        self.begun = true;
        (self.target)().write_all(&self.bytes)
    }
}

/// A runtime that shuts down drops the jobs that have not begun: this one is done then.
impl<W: Write> Drop for Promised<W> {
    fn drop(&mut self) {
        if !self.begun {
            // Nobody is left to be told.
            let _ = self.write();
        }
    }
}
