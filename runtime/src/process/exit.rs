//! Waiting for the end of a process.

use std::future::poll_fn;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::{FromRawFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::task::{Context, Poll, ready};

#[cfg(target_os = "linux")]
use plies_reactor::{Async, Direction, Interest};

use crate::signal::unix::{Signal, SignalKind, signal};
use crate::task::coop;

/// What tells that a process may have ended.
#[derive(Debug)]
pub(super) enum ExitWatch {
    /// A descriptor of that process, readable from its end on.
    #[cfg(target_os = "linux")]
    Descriptor(Async<OwnedFd>),
    /// The signal that some child changed its state.
    Signal(Signal),
}

impl ExitWatch {
    fn new(child: &Child) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Ok(descriptor) = pidfd(child) {
            let watch = Async::with_interest(descriptor, Interest::READABLE)?;
            return Ok(Self::Descriptor(watch));
        }
        let _ = child;
        signal(SignalKind::child()).map(Self::Signal)
    }

    /// Waits for the end of `child` and reaps it, with a watch that is made at the first call.
    pub(super) fn poll_exit(
        watch: &mut Option<Self>,
        child: &mut Child,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<ExitStatus>> {
        let budget = ready!(coop::poll_proceed(cx));
        let watch = match watch {
            Some(watch) => watch,
            None => watch.insert(Self::new(child)?),
        };
        let status = ready!(watch.poll(child, cx));
        budget.made_progress();
        Poll::Ready(status)
    }

    fn poll(&mut self, child: &mut Child, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Descriptor(descriptor) => descriptor.poll_io(cx, Direction::Read, |_| {
                child
                    .try_wait()?
                    .ok_or_else(|| io::ErrorKind::WouldBlock.into())
            }),
            Self::Signal(signal) => loop {
                // Looked after before the signal, and again after each: no end is missed.
                if let Some(status) = child.try_wait()? {
                    return Poll::Ready(Ok(status));
                }
                if ready!(signal.poll_recv(cx)).is_none() {
                    return Poll::Ready(Err(crate::runtime::shut_down(
                        "the runtime has shut down while a process was waited for: wait before, \
                         or use `try_wait`",
                    )));
                }
            },
        }
    }
}

/// Waits for the end of `child` and reaps it.
pub(super) async fn exit(child: &mut Child) -> io::Result<ExitStatus> {
    let mut watch = None;
    poll_fn(|cx| ExitWatch::poll_exit(&mut watch, child, cx)).await
}

/// A descriptor of a process.
#[cfg(target_os = "linux")]
fn pidfd(child: &Child) -> io::Result<OwnedFd> {
    let pid = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    // SAFETY: the system call takes two numbers and touches no memory of this process. The id is
    // still this child's: it was not reaped, or nobody would wait for it.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    let descriptor = i32::try_from(descriptor).map_err(io::Error::other)?;
    // SAFETY: the system has just opened it, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;
    use crate::runtime::Builder;

    #[test]
    fn the_signal_tells_the_end_too() {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut command = Command::new("cat");
            let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
            let mut input = child.stdin.take();
            let mut watch = Some(ExitWatch::Signal(signal(SignalKind::child()).unwrap()));
            let status = poll_fn(|cx| {
                let status = ExitWatch::poll_exit(&mut watch, &mut child, cx);
                // It runs until its input ends, which is after the first look at it.
                drop(input.take());
                status
            });
            assert!(status.await.unwrap().success());
        });
    }
}
