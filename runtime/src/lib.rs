//! An async runtime in layers: work stealing, a reactor for each worker, and a scheduler that you
//! can swap.
//!
//! Names, signatures and semantics are tokio's wherever the same thing exists, so that a program
//! moves over by changing the path.
//!
//! ```
//! use plies::io::{AsyncReadExt, AsyncWriteExt};
//! use plies::net::{TcpListener, TcpStream};
//!
//! #[plies::main]
//! async fn main() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//!     let address = listener.local_addr()?;
//!     let server = plies::spawn(async move {
//!         let (mut stream, _) = listener.accept().await?;
//!         let (mut from, mut to) = stream.split();
//!         plies::io::copy(&mut from, &mut to).await
//!     });
//!
//!     let mut stream = TcpStream::connect(address).await?;
//!     stream.write_all(b"there and back").await?;
//!     stream.shutdown().await?;
//!     let mut echo = String::new();
//!     stream.read_to_string(&mut echo).await?;
//!     assert_eq!(echo, "there and back");
//!     assert_eq!(server.await??, 14);
//!     Ok(())
//! }
//! ```
//!
//! # Modules
//!
//! | module | what is in it |
//! |---|---|
//! | [`runtime`] | building, entering and shutting down a runtime |
//! | [`task`] | spawning, joining and cancelling tasks; the cooperative budget |
//! | [`scheduler`] | what decides who runs next, and how to write your own |
//! | `net` | TCP, UDP and Unix sockets, pipes, name lookup |
//! | `time` | sleeping, time-outs, ticks, the test clock |
//! | `fs` | files and directories, on the blocking threads |
//! | `process` | child processes |
//! | `signal` | Ctrl-C and the other Unix signals |
//! | [`io`] | tokio's I/O traits and utilities, any other descriptor, the standard streams |
//! | `sync` | tokio's channels and locks, which need no runtime |
//! | `hyper` | hyper 1.x on this runtime |
//!
//! # Features
//!
//! `fs`, `net`, `process`, `time`, `io-util`, `io-std`, `macros`, `sync` and `signal` are on by
//! default; `full` is all of them, `futures-io` and `hyper` are the adapters to those crates. `rt`,
//! `rt-multi-thread`, `parking_lot` and `test-util` (which is `time`) are there so that a feature
//! list written for tokio can be kept. `tracing` logs a warning of the target `plies::stall` for each
//! poll that takes too long, and `stall-stack` adds the calls that such a poll is in to the reports
//! that ask for it.
//!
//! # Coming from tokio
//!
//! The guide for a program that is on tokio is in `coming_from_tokio`, a module that is there in
//! this documentation only.
//!
//! # What it does not do
//!
//! The layers below, `plies-task`, `plies-scheduler` and `plies-reactor`, hold the logic and stand
//! alone: whoever needs a task cell, a pool or a reactor without the rest takes one of those.

// A model-checking build has no system beneath it to wire: the models in `tests/loom.rs` bring in
// the files that they explore.
#![cfg(not(any(plies_loom, plies_shuttle)))]

mod blocking;
#[cfg(any(doc, doctest))]
#[doc = include_str!("../COMING-FROM-TOKIO.md")]
pub mod coming_from_tokio {}
mod context;
#[cfg(feature = "fs")]
pub mod fs;
#[cfg(feature = "hyper")]
pub mod hyper;
pub mod io;
#[cfg(feature = "net")]
pub mod net;
#[cfg(feature = "process")]
pub mod process;
pub mod runtime;
pub mod scheduler;
#[cfg(feature = "signal")]
pub mod signal;
#[cfg(feature = "sync")]
pub mod sync;
pub mod task;
#[cfg(feature = "time")]
pub mod time;
mod unwind;

pub use task::spawn;

#[cfg(feature = "macros")]
pub use plies_macros::{main, test};
#[cfg(feature = "macros")]
pub use tokio::{join, pin, select, try_join};
