//! Signals of the operating system as futures.
//!
//! The first time that a signal is listened to, its default action (ending the process, for most)
//! is replaced for good: after that the signal only wakes listeners, also when none is left.

pub mod unix;

use std::io;

/// Waits for the next Ctrl-C.
///
/// # Errors
///
/// When the signal handler or a pipe cannot be made.
///
/// # Panics
///
/// When there is no current runtime.
///
/// # Cancel safety
///
/// A Ctrl-C between two calls is missed: to miss none, keep one
/// [`unix::signal`]`(SignalKind::interrupt())`. Ctrl-C does not end the process any more after the
/// future was polled once.
///
/// # Examples
///
/// ```no_run
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// plies::signal::ctrl_c().await?;
/// println!("stopping");
/// # Ok(())
/// # }
/// ```
pub async fn ctrl_c() -> io::Result<()> {
    unix::signal(unix::SignalKind::interrupt())?.recv().await;
    Ok(())
}
