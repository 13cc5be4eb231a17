//! Waiting for descriptors that no other type of this crate stands for.

mod deprecated;
mod error;
mod fd;
mod guard;

pub use error::{AsyncFdRegisterError, TryIoError};
pub use fd::AsyncFd;
pub use guard::{AsyncFdReadyGuard, AsyncFdReadyMutGuard};

#[doc(hidden)]
#[deprecated = "it is called `AsyncFdRegisterError` now"]
pub type AsyncFdTryNewError<T> = AsyncFdRegisterError<T>;
