//! Processors: the one this thread is on, and the one a socket's packets arrive on.

use std::os::fd::RawFd;

/// The processor that this thread is on now.
pub(crate) fn processor() -> Option<usize> {
    // SAFETY: no argument, no pointer.
    usize::try_from(unsafe { libc::sched_getcpu() }).ok()
}

/// The processor that handled the last packet of a socket; none if that is not known, or if the
/// descriptor is no socket's.
pub(crate) fn arrivals(fd: RawFd) -> Option<usize> {
    let mut processor: libc::c_int = -1;
    let mut size = libc::socklen_t::try_from(size_of_val(&processor)).expect("four bytes");
    // SAFETY: the system writes at most `size` bytes to `processor`, which is that large, and the
    // new size to `size`; both live through the call. Another descriptor than a socket's is refused.
    let result = unsafe {
        libc::getsockopt(
            fd,
            libc::SOL_SOCKET,
            libc::SO_INCOMING_CPU,
            (&raw mut processor).cast(),
            &raw mut size,
        )
    };
    (result == 0)
        .then_some(processor)
        .and_then(|processor| processor.try_into().ok())
}
