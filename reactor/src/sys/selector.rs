//! mio's `Poll`, with an alarm where its timeouts are too coarse.

use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::Wait;
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::alarm::Alarm;
use crate::interest::{Interest, Ready};
use crate::registration::slots::Token;
use crate::time::{Nanos, nanos_in};

const WAKER: mio::Token = mio::Token(usize::MAX);
#[cfg(any(target_os = "linux", target_os = "android"))]
const ALARM: mio::Token = mio::Token(usize::MAX - 1);

/// For how long one who parks may spin first: about what it costs to give the processor away and get
/// it back, on a machine where that costs much, a virtual one whose host has to be asked. Two threads
/// that answer each other both pay it, so that half of this would miss them. Not at all if there is
/// only one processor, which whoever rings needs.
pub(crate) fn longest_spin() -> Nanos {
    static LONGEST: OnceLock<Nanos> = OnceLock::new();
    *LONGEST.get_or_init(|| match std::thread::available_parallelism() {
        Ok(processors) if processors.get() > 1 => 50_000,
        _ => 0,
    })
}

/// The half that sleeps, for whoever turns the reactor.
#[derive(Debug)]
pub(crate) struct Selector {
    poll: mio::Poll,
    events: mio::Events,
    /// For looks that do not wait, if they take fewer.
    busy: Option<mio::Events>,
    /// Made for the first sleep that ends by time: a reactor without timers needs none.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    alarm: Option<Alarm>,
}

/// The half that all threads share.
#[derive(Debug)]
pub(crate) struct Registrar {
    registry: mio::Registry,
    waker: mio::Waker,
}

/// A selector and the half that goes with it.
pub(crate) fn open(events: usize, busy: Option<usize>) -> io::Result<(Selector, Registrar)> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    super::counter::prepare();
    let poll = mio::Poll::new()?;
    let registry = poll.registry().try_clone()?;
    let waker = mio::Waker::new(&registry, WAKER)?;
    let selector = Selector {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        alarm: None,
        poll,
        events: mio::Events::with_capacity(events),
        busy: busy.map(mio::Events::with_capacity),
    };
    Ok((selector, Registrar { registry, waker }))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn watched_alarm(registry: &mio::Registry) -> io::Result<Alarm> {
    let alarm = Alarm::new()?;
    registry.register(
        &mut mio::unix::SourceFd(&alarm.as_raw_fd()),
        ALARM,
        mio::Interest::READABLE,
    )?;
    Ok(alarm)
}

impl Registrar {
    /// Makes the selector return, now or the next time it would sleep.
    pub(crate) fn interrupt(&self) {
        // A write to an eventfd (or its like) that we own fails only if the system is out of
        // memory, and there is nobody to tell.
        let _ = self.waker.wake();
    }

    /// Watches a descriptor; its events carry `token`.
    #[cfg(unix)]
    pub(crate) fn attach(
        &self,
        descriptor: super::Descriptor,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        let mut source = mio::unix::SourceFd(&descriptor);
        self.registry
            .register(&mut source, mio::Token(token.0), interests(interest))
    }

    /// Watches a descriptor no more.
    #[cfg(unix)]
    pub(crate) fn detach(&self, descriptor: super::Descriptor) -> io::Result<()> {
        self.registry
            .deregister(&mut mio::unix::SourceFd(&descriptor))
    }

    /// mio's own half, for sources that register themselves.
    pub(super) fn registry(&self) -> &mio::Registry {
        &self.registry
    }

    /// The descriptor of the selector itself.
    #[cfg(unix)]
    pub(crate) fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        use std::os::fd::{AsRawFd, BorrowedFd};
        // SAFETY: the registry owns this descriptor and is borrowed as long.
        unsafe { BorrowedFd::borrow_raw(self.registry.as_raw_fd()) }
    }
}

impl Selector {
    /// Takes events from the system; an interruption by a signal yields none.
    pub(crate) fn select(&mut self, wait: Wait) -> io::Result<()> {
        let timeout = match wait {
            Wait::Not => Some(Duration::ZERO),
            Wait::Until { now, at } => self.limit(now, at)?,
            Wait::Forever => None,
        };
        let events = match &mut self.busy {
            Some(busy) if wait == Wait::Not => busy,
            _ => &mut self.events,
        };
        match self.poll.poll(events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                events.clear();
                Ok(())
            }
            result => result,
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn limit(&mut self, now: Nanos, at: Nanos) -> io::Result<Option<Duration>> {
        if self.alarm.is_none() {
            // It may be that no descriptor is left. Then mio's timeout has to do, which is up to a
            // millisecond late, and the next sleep tries again.
            self.alarm = watched_alarm(self.poll.registry()).ok();
        }
        match &mut self.alarm {
            Some(alarm) => alarm.set(now, at).map(|()| None),
            None => Ok(Some(Duration::from_nanos(at.saturating_sub(now)))),
        }
    }

    /// Elsewhere mio's timeout is all there is: kqueue takes nanoseconds, Windows milliseconds.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn limit(&mut self, now: Nanos, at: Nanos) -> io::Result<Option<Duration>> {
        Ok(Some(Duration::from_nanos(at.saturating_sub(now))))
    }

    pub(crate) fn has_events(&self) -> bool {
        !self.events.is_empty() || self.busy.as_ref().is_some_and(|busy| !busy.is_empty())
    }

    /// Hands out the events of sources, each once.
    pub(crate) fn drain(&mut self, mut deliver: impl FnMut(Token, Ready)) {
        for events in self.busy.iter_mut().chain([&mut self.events]) {
            for event in &*events {
                match event.token() {
                    WAKER => {}
                    #[cfg(any(target_os = "linux", target_os = "android"))]
                    ALARM => self.alarm.iter_mut().for_each(Alarm::rang),
                    token => deliver(Token(token.0), ready(event)),
                }
            }
            events.clear();
        }
    }
}

fn ready(event: &mio::event::Event) -> Ready {
    let mut ready = Ready::EMPTY;
    let mut add = |is: bool, flag: Ready| {
        if is {
            ready |= flag;
        }
    };
    add(event.is_readable(), Ready::READABLE);
    add(event.is_writable(), Ready::WRITABLE);
    add(event.is_read_closed(), Ready::READ_CLOSED);
    add(event.is_write_closed(), Ready::WRITE_CLOSED);
    add(event.is_priority(), Ready::PRIORITY);
    // A task learns of an error from the operation it makes next, whichever that is.
    add(
        event.is_error(),
        Ready::ERROR | Ready::READABLE | Ready::WRITABLE,
    );
    ready
}

pub(super) fn interests(interest: Interest) -> mio::Interest {
    let flags = [
        (interest.is_readable(), mio::Interest::READABLE),
        (interest.is_writable(), mio::Interest::WRITABLE),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        (interest.is_priority(), mio::Interest::PRIORITY),
    ];
    let all = flags
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, flag)| *flag)
        .reduce(|a, b| a | b);
    // Errors are reported whatever is asked for, but something must be.
    all.unwrap_or(mio::Interest::READABLE)
}

/// The time that has passed since `origin` on the system's monotonic clock.
#[inline]
pub(crate) fn monotonic(origin: Instant) -> Nanos {
    nanos_in(origin.elapsed())
}
