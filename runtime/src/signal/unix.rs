//! Unix signals, each listener with a pipe of its own that the signal handler writes to.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::task::{Context, Poll};

use crate::unwind::NotUnwindSafe;
use mio::unix::pipe;
use plies_reactor::{Async, Direction};
use signal_hook_registry::SigId;

/// Which signal to listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignalKind(i32);

macro_rules! kinds {
    ($($name:ident = $number:ident, $when:literal;)*) => {$(
        #[doc = concat!("`", stringify!($number), "`: ", $when, ".")]
        #[must_use]
        pub const fn $name() -> Self {
            Self(libc::$number)
        }
    )*};
}

impl SignalKind {
    kinds! {
        alarm = SIGALRM, "a timer of the process ran out";
        child = SIGCHLD, "a child process changed its state";
        hangup = SIGHUP, "the terminal closed; for servers by custom: reload the configuration";
        interrupt = SIGINT, "Ctrl-C";
        io = SIGIO, "I/O is possible on a descriptor that was set up to say so";
        pipe = SIGPIPE, "a write to a pipe that nobody reads";
        quit = SIGQUIT, "Ctrl-\\\\";
        terminate = SIGTERM, "a request to end";
        user_defined1 = SIGUSR1, "what the program makes of it";
        user_defined2 = SIGUSR2, "what the program makes of it";
        window_change = SIGWINCH, "the terminal changed its size";
    }

    /// `SIGINFO`: the terminal asks how far the program has come.
    #[cfg(any(
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "illumos",
        target_os = "macos",
        target_os = "netbsd",
        target_os = "openbsd"
    ))]
    #[must_use]
    pub const fn info() -> Self {
        Self(libc::SIGINFO)
    }

    /// The signal with a number of the operating system.
    #[must_use]
    pub const fn from_raw(number: std::ffi::c_int) -> Self {
        Self(number)
    }

    /// The operating system's number of the signal.
    #[must_use]
    pub const fn as_raw_value(&self) -> std::ffi::c_int {
        self.0
    }
}

impl From<std::ffi::c_int> for SignalKind {
    fn from(number: std::ffi::c_int) -> Self {
        Self::from_raw(number)
    }
}

impl From<SignalKind> for std::ffi::c_int {
    fn from(kind: SignalKind) -> Self {
        kind.as_raw_value()
    }
}

/// Starts to listen to a signal.
///
/// Any number of listeners may listen to the same signal: each of them is told.
///
/// # Errors
///
/// When the signal cannot be handled (`SIGKILL`, `SIGSTOP`, those that tell of a fault in the
/// program), and when the operating system refuses a handler or a pipe.
///
/// # Panics
///
/// When there is no current runtime.
///
/// # Examples
///
/// ```no_run
/// use plies::signal::unix::{SignalKind, signal};
///
/// # #[plies::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut hangup = signal(SignalKind::hangup())?;
/// while hangup.recv().await.is_some() {
///     println!("reading the configuration again");
/// }
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    crate::context::require_with(|_| ());
    let (sender, receiver) = pipe::new()?;
    // Before the registration of the pipe can fail, so that the action is taken back then.
    let registered = tell(kind, sender)?;
    Ok(Signal {
        receiver: Async::new(receiver)?,
        _registered: registered,
        _unwind: NotUnwindSafe::default(),
    })
}

/// Has a byte written into the pipe at each of these signals.
pub(crate) fn tell(kind: SignalKind, sender: pipe::Sender) -> io::Result<Registered> {
    if signal_hook_registry::FORBIDDEN.contains(&kind.0) {
        let message = format!("signal {} cannot be handled by a program", kind.0);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let tell = move || {
        // A full pipe has told already, and a broken one has no listener: neither is an error.
        let _ = (&sender).write(&[1]);
    };
    // SAFETY: the action runs inside a signal handler. It makes one `write` system call on a
    // non-blocking descriptor that it owns: that is async-signal-safe, takes no lock and does not
    // allocate; an error is a number that is thrown away.
    let id = unsafe { signal_hook_registry::register(kind.0, tell)? };
    Ok(Registered(id))
}

/// The action of one listener; taken back, and its end of the pipe closed, when dropped.
#[derive(Debug)]
pub(crate) struct Registered(SigId);

impl Drop for Registered {
    fn drop(&mut self) {
        signal_hook_registry::unregister(self.0);
    }
}

/// Listens to a signal; made by [`signal`].
///
/// Signals that arrive while nobody looks are remembered, and become one.
#[derive(Debug)]
#[must_use = "a listener that is not kept hears nothing"]
pub struct Signal {
    receiver: Async<pipe::Receiver>,
    _registered: Registered,
    _unwind: NotUnwindSafe,
}

impl Signal {
    /// Waits until the signal has arrived since the last call; `None` when the runtime has shut
    /// down.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no signal.
    pub async fn recv(&mut self) -> Option<()> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The polled form of [`recv`](Self::recv): only the task of the last call is woken.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.receiver
            .poll_io(cx, Direction::Read, drain)
            .map(Result::ok)
    }
}

/// Takes everything out of the pipe; `WouldBlock` if there was nothing.
fn drain(mut receiver: &pipe::Receiver) -> io::Result<()> {
    let mut told = false;
    loop {
        match receiver.read(&mut [0; 64]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => told = true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && told => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
