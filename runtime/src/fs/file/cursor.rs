//! The one operation that a file is in, and what is left of the one before.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::buffer::Buffer;
use super::operation::{Done, Job};

#[derive(Debug, Default)]
pub(super) struct Cursor {
    pub(super) state: State,
    /// Of a write that had been promised; told at the next one, or at the next flush.
    pub(super) write_error: Option<io::ErrorKind>,
    /// Where the last seek went.
    pub(super) position: u64,
}

#[derive(Debug)]
pub(super) enum State {
    Idle(Buffer),
    Busy(Job),
}

impl Default for State {
    fn default() -> Self {
        Self::Idle(Buffer::default())
    }
}

impl Cursor {
    /// Waits for the operation that goes on; `None` if there is none.
    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Done>>> {
        let State::Busy(job) = &mut self.state else {
            return Poll::Ready(Ok(None));
        };
        let ended = ready!(Pin::new(job).poll(cx));
        self.state = State::default();
        let (done, buffer) = ended.map_err(|_| crate::fs::shut_down())?;
        self.state = State::Idle(buffer);
        if let Done::Seek(Ok(position)) = done {
            self.position = position;
        }
        Poll::Ready(Ok(Some(done)))
    }

    /// Waits for the operation that goes on; an error of a write is kept for the next write or
    /// flush, and those of others are dropped, for nobody waits for them.
    pub(super) fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(Done::Write(Err(error))) = ready!(self.poll_done(cx))? {
            self.write_error = Some(error.kind());
        }
        Poll::Ready(Ok(()))
    }

    /// As [`poll_settle`](Self::poll_settle), and reports an error of a write.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(kind) = self.write_error.take() {
            return Poll::Ready(Err(kind.into()));
        }
        match ready!(self.poll_done(cx))? {
            Some(Done::Write(result)) => Poll::Ready(result),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// As [`poll_settle`](Self::poll_settle).
    pub(super) async fn settle(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_settle(cx)).await
    }

    /// Takes the buffer of an idle file, to begin an operation with.
    pub(super) fn take_idle(&mut self) -> Buffer {
        self.idle().map(std::mem::take).unwrap_or_default()
    }

    /// The buffer of an idle file; `None` while an operation goes on.
    pub(super) fn idle(&mut self) -> Option<&mut Buffer> {
        match &mut self.state {
            State::Idle(buffer) => Some(buffer),
            State::Busy(_) => None,
        }
    }
}
