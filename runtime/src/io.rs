//! tokio's I/O traits and utilities, and what readiness is made of.
//!
//! The traits are those of the `tokio` crate, built without its runtime: whatever is written
//! against them works on the types of this crate and the other way round. The feature `io-util`
//! adds the extension traits, the buffered readers and writers, `copy`, `split`, `duplex` and so
//! on; none of them needs a runtime. The feature `futures-io` gives the types of this crate that
//! crate's traits too.

#[cfg(all(
    feature = "futures-io",
    any(feature = "net", feature = "fs", feature = "io-std")
))]
mod futures;
#[cfg(feature = "io-std")]
mod stdio;
pub mod unix;

#[cfg(feature = "io-std")]
pub use stdio::{Stderr, Stdin, Stdout, stderr, stdin, stdout};

pub use plies_reactor::{Interest, Ready};

pub use std::io::{Error, ErrorKind, Result, SeekFrom};
pub use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

#[cfg(feature = "io-util")]
pub use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, BufStream, BufWriter,
    Chain, DuplexStream, Empty, Join, Lines, ReadHalf, Repeat, SimplexStream, Sink, Split, Take,
    WriteHalf, copy, copy_bidirectional, copy_bidirectional_with_sizes, copy_buf, duplex, empty,
    join, repeat, simplex, sink, split,
};
