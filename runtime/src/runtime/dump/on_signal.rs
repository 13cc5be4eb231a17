//! A dump at each signal, printed by a thread that does nothing else.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use mio::unix::pipe;

use crate::runtime::Handle;
use crate::signal::unix::{Registered, SignalKind, tell};

/// Prints until it is dropped.
#[derive(Debug)]
pub(in crate::runtime) struct DumpOnSignal {
    /// Holds the only writing end of the pipe that the thread reads from: the thread ends with it.
    _registered: Registered,
}

impl DumpOnSignal {
    pub(in crate::runtime) fn start(kind: SignalKind, handle: Handle) -> io::Result<Self> {
        let (sender, receiver) = pipe::new()?;
        receiver.set_nonblocking(false)?;
        let registered = tell(kind, sender)?;
        let thread = std::thread::Builder::new().name("plies-dump".to_owned());
        thread.spawn(move || {
            while is_told(&receiver) {
                print(&handle.dump().to_string());
            }
        })?;
        Ok(Self {
            _registered: registered,
        })
    }
}

/// Waits for a signal; `false` when there will be none.
fn is_told(mut receiver: &pipe::Receiver) -> bool {
    loop {
        match receiver.read(&mut [0; 64]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read.is_ok_and(|bytes| bytes > 0),
        }
    }
}

/// Prints past the lock of the standard error, which a stuck task may hold.
fn print(dump: &str) {
    match io::stderr().as_fd().try_clone_to_owned() {
        // Nobody is there to be told of an error.
        Ok(stderr) => drop(File::from(stderr).write_all(dump.as_bytes())),
        // No descriptor is left.
        Err(_) => eprint!("{dump}"),
    }
}
