//! Raw descriptors that std has no type for: a timerfd that ticks, and an inotify descriptor that
//! tells of files made in a folder; both waited for at once by one thread.
//!
//! `cargo run -p plies-reactor --example descriptors` (on Linux)

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{CString, c_int};
    use std::fs::File;
    use std::io::{self, Read};
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::time::Duration;

    use futures::future::try_join;
    use plies_reactor::{Async, Interest, Reactor};

    /// Owns a descriptor that a system call has returned.
    fn owned(descriptor: c_int) -> io::Result<OwnedFd> {
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the caller has just been given it by the system; nobody else has it.
        Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
    }

    /// A descriptor that becomes readable every `period`, and reads as how often it has.
    fn ticker(period: Duration) -> io::Result<OwnedFd> {
        let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
        // SAFETY: no pointers are passed.
        let timer = owned(unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) })?;
        let period = libc::timespec {
            tv_sec: period.as_secs() as libc::time_t,
            tv_nsec: period.subsec_nanos().into(),
        };
        let setting = libc::itimerspec {
            it_interval: period,
            it_value: period,
        };
        // SAFETY: the descriptor is ours, and the setting lives through the call.
        let set =
            unsafe { libc::timerfd_settime(timer.as_raw_fd(), 0, &setting, std::ptr::null_mut()) };
        if set < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(timer)
    }

    /// A descriptor that becomes readable when a file is made in `folder`.
    fn watcher(folder: &Path) -> io::Result<OwnedFd> {
        // SAFETY: no pointers are passed.
        let watcher = owned(unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) })?;
        let folder = CString::new(folder.as_os_str().as_bytes())?;
        // SAFETY: the path is a C string that lives through the call.
        let watch = unsafe {
            libc::inotify_add_watch(watcher.as_raw_fd(), folder.as_ptr(), libc::IN_CREATE)
        };
        if watch < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(watcher)
    }

    /// The names in what was read from an inotify descriptor: each event is a header of sixteen bytes,
    /// whose last four say how long the name after it is, padding included.
    fn names(mut events: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        while let Some((header, rest)) = events.split_first_chunk::<16>() {
            let length = u32::from_ne_bytes([header[12], header[13], header[14], header[15]]);
            let (name, rest) = rest.split_at(length as usize);
            let name = String::from_utf8_lossy(name);
            names.push(name.trim_end_matches('\0').to_owned());
            events = rest;
        }
        names
    }

    pub fn main() -> io::Result<()> {
        let folder = std::env::temp_dir().join(format!("plies-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        // `File` only lends its `Read`: any type with a descriptor can go into an `Async`.
        let ticks = Async::new(File::from(ticker(Duration::from_millis(20))?))?;
        let changes = Async::new(File::from(watcher(&folder)?))?;

        let touch = async {
            for nth in 1..=3 {
                let mut expirations = [0; 8];
                ticks
                    .async_io(Interest::READABLE, |mut io| io.read(&mut expirations))
                    .await?;
                File::create(folder.join(format!("file-{nth}")))?;
            }
            io::Result::Ok(())
        };
        let watch = async {
            let mut seen = 0;
            while seen < 3 {
                let mut events = [0; 4096];
                let read = changes
                    .async_io(Interest::READABLE, |mut io| io.read(&mut events))
                    .await?;
                for name in names(&events[..read]) {
                    println!("{name} was made");
                    seen += 1;
                }
            }
            Ok(())
        };
        let done = Reactor::new()?.block_on(try_join(touch, watch))?;
        std::fs::remove_dir_all(&folder)?;
        done.map(drop)
    }
}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("timerfd and inotify are Linux's; the example `pipe` runs on any Unix");
}
