//! The calls that a stuck thread is in.
//!
//! Nothing is unwound on the stuck thread: a signal handler there copies its registers and the
//! bytes of its stack ([`snapshot`]), and the monitor walks the copy ([`unwind`]). So whatever the
//! thread was interrupted in, a lock of the allocator or of the loader included, the handler takes
//! no lock, allocates nothing, and reads nothing but the thread's own stack; and frames that are
//! described wrongly end the walk, and are no wild read.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod snapshot;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod unwind;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) use snapshot::Target;

use std::ffi::c_void;
use std::fmt;
use std::sync::Arc;

/// Copies memory whose values are nobody's to read here: frames of other calls, tables of other
/// objects. In assembly, so that neither the compiler nor a sanitizer takes it for an access to the
/// variables that lie there.
///
/// # Safety
///
/// `length` bytes are mapped and readable at `from`, and nobody changes them; as many at `to` are
/// the caller's to write. The two do not overlap.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
unsafe fn copy(from: usize, to: *mut u8, length: usize) {
    // SAFETY: the caller's promise; the direction flag is clear, as it is at every call.
    unsafe {
        std::arch::asm!(
            "rep movsb",
            inout("rcx") length => _,
            inout("rsi") from => _,
            inout("rdi") to => _,
            options(nostack, preserves_flags)
        );
    }
}

/// The calls that a stuck thread was in, the innermost first; see [`Stall::stack`](super::Stall::stack).
///
/// It holds addresses. Names, files and lines are looked up when it is displayed, which takes a
/// while the first time: a hook should not do that itself, but hand a clone to another thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    addresses: Arc<[usize]>,
}

impl Stack {
    /// The address of each call: one past an instruction of it, as a return address is.
    pub fn addresses(&self) -> &[usize] {
        &self.addresses
    }

    /// The calls of this thread, if it answers soon.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(super) fn of(thread: &Target) -> Option<Self> {
        let addresses = unwind::walk(&snapshot::take(thread)?);
        (!addresses.is_empty()).then(|| Stack {
            addresses: addresses.into(),
        })
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, address) in self.addresses.iter().enumerate() {
            write_call(f, number, *address)?;
        }
        Ok(())
    }
}

/// One line for each function that was inlined at the address, and its place below.
fn write_call(f: &mut fmt::Formatter<'_>, number: usize, address: usize) -> fmt::Result {
    let mut named = false;
    let mut result = Ok(());
    backtrace::resolve(address as *mut c_void, |symbol| {
        result = result.and_then(|()| {
            let name = symbol.name();
            match (&name, named) {
                (Some(name), false) => writeln!(f, "{number:>4}: {name:#}")?,
                (Some(name), true) => writeln!(f, "      {name:#}")?,
                (None, _) => return Ok(()),
            }
            named = true;
            match (symbol.filename(), symbol.lineno()) {
                (Some(file), Some(line)) => writeln!(f, "          at {}:{line}", file.display()),
                _ => Ok(()),
            }
        });
    });
    result?;
    match named {
        true => Ok(()),
        false => writeln!(f, "{number:>4}: {address:#x}"),
    }
}
