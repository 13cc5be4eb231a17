//! Child processes: starting them, talking to them, and waiting for their end.
//!
//! A [`Command`] is set up as std's; its [`Child`] is waited for without blocking a worker: through
//! a descriptor of the process (a pidfd), or `SIGCHLD` where the system has none.
//!
//! # Dropped children
//!
//! Dropping a [`Child`] does not end its process, unless [`Command::kill_on_drop`] is set. Either
//! way a task of the runtime waits for its end, so that no zombie stays. What is left when the
//! runtime shuts down is looked after whenever another child is started or dropped.
//!
//! # Examples
//!
//! ```
//! use plies::process::Command;
//!
//! # #[plies::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let output = Command::new("echo").arg("hello").output().await?;
//! assert!(output.status.success());
//! assert_eq!(output.stdout, b"hello\n");
//! # Ok(())
//! # }
//! ```

mod child;
mod command;
mod exit;
mod orphan;
mod pipes;

pub use child::Child;
pub use command::Command;
pub use pipes::{ChildStderr, ChildStdin, ChildStdout};
