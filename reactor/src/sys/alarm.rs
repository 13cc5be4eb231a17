//! A timerfd in the epoll set: ends a sleep at a nanosecond, where `epoll_wait` knows milliseconds.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use crate::time::{NEVER, Nanos};

/// When the selector is next made to return.
///
/// Setting it costs a system call, so an alarm that is set too early is left as it is: the sleep
/// it ends is followed by another. A timeout that is armed and cancelled with each request
/// costs one call each time it would have passed, not one a request.
#[derive(Debug)]
pub(super) struct Alarm {
    timer: OwnedFd,
    set_for: Nanos,
}

impl Alarm {
    pub(super) fn new() -> io::Result<Self> {
        let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
        // SAFETY: no pointers are passed.
        let fd = unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call has just returned this descriptor; nobody else has it.
        let timer = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self {
            timer,
            set_for: NEVER,
        })
    }

    pub(super) fn as_raw_fd(&self) -> i32 {
        self.timer.as_raw_fd()
    }

    /// Makes the selector return at `at` or before. What has passed unreported is set anew, so that
    /// it ends no sleep at once.
    pub(super) fn set(&mut self, now: Nanos, at: Nanos) -> io::Result<()> {
        if now < self.set_for && self.set_for <= at {
            return Ok(());
        }
        // A zero would disarm it.
        let after = at.saturating_sub(now).max(1);
        let zero = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let value = libc::timespec {
            tv_sec: (after / 1_000_000_000) as libc::time_t,
            tv_nsec: (after % 1_000_000_000) as _,
        };
        let setting = libc::itimerspec {
            it_interval: zero,
            it_value: value,
        };
        // SAFETY: the descriptor is ours, the setting lives through the call, and the old one is
        // not asked for.
        let result = unsafe {
            libc::timerfd_settime(self.timer.as_raw_fd(), 0, &setting, std::ptr::null_mut())
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        self.set_for = at;
        Ok(())
    }

    /// The selector has reported it.
    pub(super) fn rang(&mut self) {
        self.set_for = NEVER;
    }
}
