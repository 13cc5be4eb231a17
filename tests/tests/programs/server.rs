//! Programs of the system: whether they are there, and servers that are a test's own.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::util::Folder;

/// Far more than a server takes to start or to stop; only so that one that does neither fails the
/// test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(120);

/// The path of a program of the system, from `PATH` or one of the folders `elsewhere`. Without it,
/// says on the terminal that a test is skipped, and why.
pub fn find(program: &str, elsewhere: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(elsewhere.iter().cloned())
        .map(|folder| folder.join(program))
        .find(|path| path.is_file());
    if found.is_none() {
        let test = thread::current();
        let reason = format!(
            "{} is skipped: {program} is not installed",
            test.name().unwrap_or("a test")
        );
        assert!(
            std::env::var_os("PLIES_REQUIRE_PROGRAMS").is_none(),
            "{reason}"
        );
        // Past the capture of the test's output.
        let _ = writeln!(io::stderr(), "{reason}");
    }
    found
}

/// A server of a test's own, in a folder of its own, stopped when this is dropped.
pub struct Server {
    process: Child,
    log: PathBuf,
    stop: &'static str,
    folder: Folder,
}

impl Server {
    /// Starts `command`; `stop` is the signal, by name, that ends it at once.
    pub fn start(folder: Folder, mut command: Command, stop: &'static str) -> Self {
        let log = folder.file("log");
        let output = File::create(&log).unwrap();
        let process = command
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        Self {
            process,
            log,
            stop,
            folder,
        }
    }

    /// Waits until it is `ready`; false if it ended instead.
    pub fn wait_until(&mut self, mut ready: impl FnMut(&Folder) -> bool) -> bool {
        let start = Instant::now();
        while !ready(&self.folder) {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(start.elapsed() < PATIENCE, "not ready: {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_else(|error| error.to_string())
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.file(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = self.process.id().to_string();
        let _ = Command::new("kill").args([self.stop, &id]).status();
        let start = Instant::now();
        while let Ok(None) = self.process.try_wait() {
            if start.elapsed() > PATIENCE {
                let _ = self.process.kill();
                let _ = self.process.wait();
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A server that takes long to start, for all tests that run at once: started by the first of them,
/// and stopped after the last.
pub struct Shared(Mutex<Weak<Server>>);

impl Shared {
    pub const fn new() -> Self {
        Self(Mutex::new(Weak::new()))
    }

    pub fn get_or_start(&self, start: impl FnOnce() -> Option<Server>) -> Option<Arc<Server>> {
        // A start that panicked fails the tests that come after as well, by themselves.
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let server = shared.upgrade().or_else(|| start().map(Arc::new))?;
        *shared = Arc::downgrade(&server);
        Some(server)
    }
}

/// The folders of Debian's PostgreSQL programs, the newest version first.
pub fn postgres_folders() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = Path::new("/usr/lib/postgresql")
        .read_dir()
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by(|left, right| right.cmp(left));
    versions.into_iter().map(|(_, folder)| folder).collect()
}
