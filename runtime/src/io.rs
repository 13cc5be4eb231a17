//! tokio's I/O traits and utilities, and what readiness is made of.
//!
//! The traits are those of the `tokio` crate, built without its runtime: whatever is written
//! against them works on the types of this crate and the other way round. The feature `io-util`
//! adds the extension traits, the buffered readers and writers, `copy`, `split`, `duplex` and so
//! on; none of them needs a runtime.

pub mod unix;

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
