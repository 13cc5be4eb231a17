//! A selector without a system, for models and unit tests: sources that are fed by hand, events
//! that coalesce and are edge-triggered as epoll's are, in an order drawn from a seed.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use plies_shim::sync::{Arc, Condvar, Mutex};

use super::Wait;
use crate::interest::{Interest, Ready};
use crate::registration::slots::Token;
use crate::time::Nanos;

/// No time passes here, so nobody spins for a while.
pub(crate) fn longest_spin() -> Nanos {
    0
}

/// A stream of bytes that are counted and not kept; always writable.
#[derive(Clone, Debug)]
pub struct Source(Arc<Mutex<Stream>>);

#[derive(Debug)]
struct Stream {
    buffered: usize,
    arrivals: Option<usize>,
    watchers: Vec<(Arc<Queue>, Token)>,
}

impl Default for Source {
    fn default() -> Self {
        Self::new()
    }
}

impl Source {
    /// An empty stream.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Stream {
            buffered: 0,
            arrivals: None,
            watchers: Vec::new(),
        })))
    }

    /// From now on its bytes arrive on this processor.
    pub fn arrive_on(&self, processor: usize) {
        self.0.lock().arrivals = Some(processor);
    }

    /// Bytes arrive, and an event with them.
    pub fn feed(&self, bytes: usize) {
        let mut stream = self.0.lock();
        stream.buffered += bytes;
        for (queue, token) in &stream.watchers {
            queue.push(*token, Ready::READABLE);
        }
    }

    /// Takes at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there are none.
    pub fn read(&self, limit: usize) -> io::Result<usize> {
        let mut stream = self.0.lock();
        let taken = stream.buffered.min(limit);
        stream.buffered -= taken;
        if taken == 0 {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            Ok(taken)
        }
    }
}

/// What stands in for `std::os::fd::AsFd`.
pub trait AsFd {
    /// The stream that is watched.
    fn as_fd(&self) -> Source;
}

impl AsFd for Source {
    fn as_fd(&self) -> Source {
        self.clone()
    }
}

pub(crate) type Descriptor = Source;

pub(crate) fn descriptor<S: AsFd>(source: &S) -> Descriptor {
    source.as_fd()
}

pub(crate) fn arrivals(source: Source) -> Option<usize> {
    source.0.lock().arrivals
}

/// The processor that this thread is on: none, unless a test says so.
pub(crate) fn processor() -> Option<usize> {
    PROCESSOR.get()
}

/// From now on this thread is on `processor`.
pub fn run_on(processor: usize) {
    PROCESSOR.set(Some(processor));
}

// Not of the shim: the threads of a model share it, and none of them asks.
std::thread_local! {
    static PROCESSOR: Cell<Option<usize>> = const { Cell::new(None) };
}

pub(crate) fn set_nonblocking(_: Source) -> io::Result<()> {
    Ok(())
}

/// The system's side of one selector.
#[derive(Debug)]
struct Queue {
    state: Mutex<Pending>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Pending {
    events: BTreeMap<usize, Ready>,
    interrupted: bool,
}

impl Queue {
    fn push(&self, token: Token, ready: Ready) {
        *self.state.lock().events.entry(token.0).or_default() |= ready;
        self.arrived.notify_all();
    }
}

#[derive(Debug)]
pub(crate) struct Selector {
    queue: Arc<Queue>,
    taken: Vec<(Token, Ready)>,
    /// The interruption counts as an event, as that of an eventfd does.
    interrupted: bool,
    chance: Chance,
}

#[derive(Debug)]
pub(crate) struct Registrar {
    queue: Arc<Queue>,
}

/// A seeded source of choices; a seed of zero always takes the first.
#[derive(Debug)]
struct Chance(u64);

/// Not of the shim: a model's executions must not see it as theirs.
static SEED: AtomicU64 = AtomicU64::new(0);

/// From now on, the selectors that this process opens draw the order of their events, and how many
/// they take at once, from `seed`.
pub fn seed(seed: u64) {
    SEED.store(seed, Ordering::Relaxed);
}

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        if self.0 == 0 {
            return 0;
        }
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

pub(crate) fn open(_events: usize, _busy: Option<usize>) -> io::Result<(Selector, Registrar)> {
    let queue = Arc::new(Queue {
        state: Mutex::default(),
        arrived: Condvar::new(),
    });
    let chance = Chance(SEED.load(Ordering::Relaxed));
    let selector = Selector {
        queue: queue.clone(),
        taken: Vec::new(),
        interrupted: false,
        chance,
    };
    Ok((selector, Registrar { queue }))
}

impl Registrar {
    pub(crate) fn interrupt(&self) {
        self.queue.state.lock().interrupted = true;
        self.queue.arrived.notify_all();
    }

    pub(crate) fn attach(&self, source: Source, token: Token, _: Interest) -> io::Result<()> {
        let mut stream = source.0.lock();
        let is_readable = stream.buffered > 0;
        stream.watchers.push((self.queue.clone(), token));
        let readable = if is_readable {
            Ready::READABLE
        } else {
            Ready::EMPTY
        };
        self.queue.push(token, Ready::WRITABLE | readable);
        Ok(())
    }

    pub(crate) fn detach(&self, source: Source) -> io::Result<()> {
        let mut stream = source.0.lock();
        let watchers = std::mem::take(&mut stream.watchers);
        for (queue, token) in watchers {
            if Arc::ptr_eq(&queue, &self.queue) {
                queue.state.lock().events.remove(&token.0);
            } else {
                stream.watchers.push((queue, token));
            }
        }
        Ok(())
    }
}

impl Selector {
    /// Never waits for a time: whoever tests time pauses the clock.
    pub(crate) fn select(&mut self, wait: Wait) -> io::Result<()> {
        let mut pending = self.queue.state.lock();
        while wait == Wait::Forever && pending.events.is_empty() && !pending.interrupted {
            pending = self.queue.arrived.wait(pending);
        }
        self.interrupted = std::mem::take(&mut pending.interrupted);
        let mut left = pending.events.len() - self.chance.below(pending.events.len().max(1));
        while left > 0 {
            let nth = self.chance.below(pending.events.len());
            let token = *pending
                .events
                .keys()
                .nth(nth)
                .expect("fewer than there are");
            let ready = pending.events.remove(&token).expect("a key of the map");
            self.taken.push((Token(token), ready));
            left -= 1;
        }
        Ok(())
    }

    pub(crate) fn has_events(&self) -> bool {
        self.interrupted || !self.taken.is_empty()
    }

    pub(crate) fn drain(&mut self, mut deliver: impl FnMut(Token, Ready)) {
        self.interrupted = false;
        for (token, ready) in self.taken.drain(..) {
            deliver(token, ready);
        }
    }
}

/// A system on which no time passes.
pub(crate) fn monotonic(_: Instant) -> Nanos {
    1 << 30
}
