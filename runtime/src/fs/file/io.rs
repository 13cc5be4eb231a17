//! Reading, writing and seeking: each at most one operation at a time.

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::File;
use super::cursor::State;
use super::operation::{self, Done};
use crate::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

impl AsyncRead for File {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        target: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let cursor = this.cursor.get_mut();
        loop {
            let done = ready!(cursor.poll_done(cx))?;
            let at_end = match done {
                Some(Done::Read(result)) => {
                    result?;
                    true
                }
                Some(Done::Write(Err(error))) => {
                    cursor.write_error = Some(error.kind());
                    false
                }
                _ => false,
            };
            let Some(buffer) = cursor.idle() else {
                continue;
            };
            if at_end || !buffer.is_empty() || target.remaining() == 0 {
                buffer.take(target);
                return Poll::Ready(Ok(()));
            }
            let limit = target.remaining().min(this.max_buf_size);
            let job = operation::read(this.std.clone(), std::mem::take(buffer), limit);
            cursor.state = State::Busy(job);
        }
    }
}

impl AsyncWrite for File {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        source: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(source)])
    }

    /// Takes the bytes as soon as the operation before has ended; an error is told by the next
    /// write or flush.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        sources: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let cursor = this.cursor.get_mut();
        ready!(cursor.poll_flush(cx))?;
        let mut buffer = cursor.take_idle();
        let before = buffer.discard();
        let count = buffer.fill(sources, this.max_buf_size);
        cursor.state = State::Busy(operation::write(this.std.clone(), before, buffer));
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().cursor.get_mut().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

impl AsyncSeek for File {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        let this = self.get_mut();
        let cursor = this.cursor.get_mut();
        let Some(buffer) = cursor.idle() else {
            return Err(io::Error::other(
                "a file operation goes on: call `poll_complete` until it is ready before \
                 `start_seek`",
            ));
        };
        let before = buffer.discard();
        let job = operation::seek(this.std.clone(), before, position, std::mem::take(buffer));
        cursor.state = State::Busy(job);
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let cursor = self.get_mut().cursor.get_mut();
        match ready!(cursor.poll_done(cx))? {
            Some(Done::Seek(result)) => return Poll::Ready(result),
            Some(Done::Write(Err(error))) => cursor.write_error = Some(error.kind()),
            _ => {}
        }
        Poll::Ready(Ok(cursor.position))
    }
}
