//! The end of a pipe that is read from.

use super::descriptor::descriptor_conversions;
use crate::io::Interest;
use crate::net::readiness::{poll_readable_method, ready_method};
use crate::net::socket::{Socket, Stream, read};
use crate::net::stream::{async_read, read_methods};
use std::io;
use std::mem::MaybeUninit;

/// The end of a pipe that is read from; made by [`pipe`](super::pipe) or
/// [`OpenOptions::open_receiver`](super::OpenOptions::open_receiver).
///
/// It reads the end once no sender is left. A named pipe that was never opened for writing reads as
/// ended too: see [`OpenOptions`](super::OpenOptions) for what to do.
///
/// # Examples
///
/// ```
/// use plies::io::AsyncReadExt;
/// use plies::net::unix::pipe;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (sender, mut receiver) = pipe::pipe()?;
/// let stdout = sender.into_blocking_fd()?;
/// std::process::Command::new("echo").arg("hello").stdout(stdout).spawn()?.wait()?;
/// let mut said = String::new();
/// receiver.read_to_string(&mut said).await?;
/// assert_eq!(said, "hello\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Receiver {
    socket: Socket<mio::unix::pipe::Receiver>,
}

impl Receiver {
    const INTEREST: Interest = Interest::READABLE;

    ready_method!();
    read_methods!();
    poll_readable_method!(poll_read_ready);
}

impl Stream for mio::unix::pipe::Receiver {
    // A pipe in packet mode returns one packet for each read.
    const SHORT_READ_MEANS_DRY: bool = false;

    fn receive(&self, buf: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        read(self, buf)
    }
}

async_read!(Receiver);
descriptor_conversions!(Receiver, mio::unix::pipe::Receiver);
