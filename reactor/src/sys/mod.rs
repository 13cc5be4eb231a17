//! The system's side: everything that differs from one platform to another, and nothing else.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod alarm;
mod selector;
mod source;

pub(crate) use selector::{Registrar, Selector, Wait, open};
#[cfg(unix)]
pub(crate) use source::set_nonblocking;
pub(crate) use source::{SourceKind, attach_exclusive};
