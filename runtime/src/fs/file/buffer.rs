//! The bytes between a file's blocking operations and its user.

use std::io::{self, IoSlice, Read, Write};

use crate::io::ReadBuf;

/// Bytes that were read and not yet taken, or written and not yet stored.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// Everything that was ever in use is initialised, so that a read need not clear it again.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Moves as many bytes as fit to `target`.
    pub(super) fn take(&mut self, target: &mut ReadBuf<'_>) {
        let count = target.remaining().min(self.end - self.start);
        target.put_slice(&self.bytes[self.start..self.start + count]);
        self.start += count;
    }

    /// Forgets what is left; returns how far a file is to be moved, backwards, to read it again.
    pub(super) fn discard(&mut self) -> i64 {
        // A vector is never longer than `isize::MAX`.
        let left = (self.end - self.start) as i64;
        (self.start, self.end) = (0, 0);
        -left
    }

    /// Copies the beginning of `sources`, `limit` bytes at most; returns how many those are.
    pub(super) fn fill(&mut self, sources: &[IoSlice<'_>], limit: usize) -> usize {
        self.discard();
        for source in sources {
            let count = source.len().min(limit - self.end);
            self.make_room(self.end + count);
            self.bytes[self.end..self.end + count].copy_from_slice(&source[..count]);
            self.end += count;
        }
        self.end
    }

    /// Reads once, `limit` bytes at most, in place of what is here.
    pub(super) fn read_from(&mut self, mut source: impl Read, limit: usize) -> io::Result<()> {
        self.discard();
        self.make_room(limit);
        loop {
            match source.read(&mut self.bytes[..limit]) {
                Ok(count) => {
                    self.end = count;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes everything.
    pub(super) fn write_to(&mut self, mut target: impl Write) -> io::Result<()> {
        let result = target.write_all(&self.bytes[self.start..self.end]);
        self.discard();
        result
    }

    fn make_room(&mut self, length: usize) {
        if self.bytes.len() < length {
            self.bytes.resize(length, 0);
        }
    }
}
