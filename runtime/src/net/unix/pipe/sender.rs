//! The end of a pipe that is written to.

use std::io;

use super::descriptor::descriptor_conversions;
use crate::io::Interest;
use crate::net::readiness::{poll_writable_method, ready_method};
use crate::net::socket::{Socket, Stream};
use crate::net::stream::{async_write, write_methods};

/// The end of a pipe that is written to; made by [`pipe`](super::pipe) or
/// [`OpenOptions::open_sender`](super::OpenOptions::open_sender).
///
/// Dropping it closes it: the receiver reads the end once no sender is left. Shutting it down does
/// nothing, since only dropping closes a pipe. A write that nobody can read any more is an error
/// of the kind [`BrokenPipe`](io::ErrorKind::BrokenPipe).
///
/// # Examples
///
/// ```
/// use plies::io::AsyncWriteExt;
/// use plies::net::unix::pipe;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (mut sender, receiver) = pipe::pipe()?;
/// sender.write_all(b"seen by a child process").await?;
/// let stdin = receiver.into_blocking_fd()?;
/// drop(sender);
/// let status = std::process::Command::new("cat").stdin(stdin).status()?;
/// assert!(status.success());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sender {
    socket: Socket<mio::unix::pipe::Sender>,
}

impl Sender {
    const INTEREST: Interest = Interest::WRITABLE;

    ready_method!();
    write_methods!();
    poll_writable_method!(poll_write_ready);
}

impl Stream for mio::unix::pipe::Sender {
    const SHORT_READ_MEANS_DRY: bool = false; // Nothing is read from it.

    fn close_writing(&self) -> io::Result<()> {
        Ok(())
    }
}

async_write!(Sender);
descriptor_conversions!(Sender, mio::unix::pipe::Sender);
