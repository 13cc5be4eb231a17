//! Pipes: anonymous ones, and those with a name in the file system (FIFOs).

mod descriptor;
mod open;
mod receiver;
mod sender;

pub use open::OpenOptions;
pub use receiver::Receiver;
pub use sender::Sender;

use std::io;

/// Makes an anonymous pipe.
///
/// To give an end to a child process, turn it into a descriptor with
/// [`into_blocking_fd`](Sender::into_blocking_fd).
///
/// # Errors
///
/// When too many descriptors are open.
///
/// # Panics
///
/// When there is no current runtime.
///
/// # Examples
///
/// ```
/// use plies::io::{AsyncReadExt, AsyncWriteExt};
/// use plies::net::unix::pipe;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (mut sender, mut receiver) = pipe::pipe()?;
/// sender.write_all(b"through").await?;
/// drop(sender);
/// let mut text = String::new();
/// receiver.read_to_string(&mut text).await?;
/// assert_eq!(text, "through");
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn pipe() -> io::Result<(Sender, Receiver)> {
    let (sender, receiver) = mio::unix::pipe::new()?;
    Ok((Sender::new(sender)?, Receiver::new(receiver)?))
}
