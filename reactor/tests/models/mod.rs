//! What the models share: flags to wait on, and the two ways to give two roles to two threads.

mod doorbell;
mod park;
mod readiness;
mod shutdown;
mod ticks;
mod timers;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use plies_reactor::model::Bug;
use plies_reactor::model::fake::Source;
use plies_reactor::{Async, Clock, Direction, Handle, Reactor};
use plies_shim::model::Model;
use plies_shim::sync::{Condvar, Mutex};

pub fn all() -> Vec<Model> {
    [
        readiness::models(),
        doorbell::models(),
        park::models(),
        timers::models(),
        ticks::models(),
        shutdown::models(),
    ]
    .concat()
}

/// Something to wait for, and a waker that makes it true.
pub struct Flag {
    raised: Mutex<bool>,
    changed: Condvar,
    /// Woken as well, if there is one.
    also: Option<Handle>,
}

impl Flag {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            raised: Mutex::new(false),
            changed: Condvar::new(),
            also: None,
        })
    }

    /// One that also wakes a reactor, as an executor's waker does.
    pub fn waking(handle: &Handle) -> Arc<Self> {
        let also = Some(handle.clone());
        Arc::new(Self {
            raised: Mutex::new(false),
            changed: Condvar::new(),
            also,
        })
    }

    pub fn is_raised(&self) -> bool {
        *self.raised.lock()
    }

    pub fn wait(&self) {
        let mut raised = self.raised.lock();
        while !*raised {
            raised = self.changed.wait(raised);
        }
        *raised = false;
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        *self.raised.lock() = true;
        self.changed.notify_all();
        if let Some(handle) = &self.also {
            handle.wake();
        }
    }
}

/// Polls until ready, waiting to be woken in between.
pub fn block_on<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    let flag = Flag::new();
    let waker = Waker::from(flag.clone());
    loop {
        if let Poll::Ready(output) = poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        flag.wait();
    }
}

pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub fn poll<T>(future: &mut Boxed<T>, waker: &Waker) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// A reactor that never reads the system's clock.
pub fn reactor() -> Arc<Reactor> {
    let clock = Clock::new();
    clock.pause();
    Arc::new(Reactor::builder().clock(clock).build().unwrap())
}

pub fn look(reactor: &Reactor) {
    reactor.turn(Some(Duration::ZERO)).unwrap();
}

/// What an owner does.
pub fn turn_until(reactor: &Reactor, done: &Flag) {
    while !done.is_raised() {
        reactor.turn(None).unwrap();
    }
}

/// A source that is registered, its first event dispatched, with nothing to read.
pub fn registered(reactor: &Reactor) -> (Source, Arc<Async<Source>>) {
    let source = Source::new();
    let io = Arc::new(Async::with_handle(source.clone(), reactor.handle()).unwrap());
    assert!(read(&io, &mut Context::from_waker(Waker::noop())).is_pending());
    look(reactor);
    (source, io)
}

pub fn read(io: &Async<Source>, cx: &mut Context<'_>) -> Poll<std::io::Result<usize>> {
    io.poll_io(cx, Direction::Read, |source| source.read(1))
}

/// [`plies_shim::both_orders!`] with this crate's planted bugs.
macro_rules! both_orders {
    ($($model:tt)*) => { plies_shim::both_orders!($crate::models::Bug: $($model)*) };
}
pub(crate) use both_orders;
