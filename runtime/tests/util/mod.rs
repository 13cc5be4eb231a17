//! What the tests share: the runtimes that each of them runs on, and witnesses of drops.
#![allow(dead_code)] // Each test file uses its part.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use plies::runtime::{Builder, Runtime};

/// The runtimes that everything must hold on, with a name for messages.
pub fn runtimes() -> Vec<(&'static str, Runtime)> {
    vec![
        (
            "current_thread",
            Builder::new_current_thread().build().unwrap(),
        ),
        ("1 worker", workers(1)),
        ("4 workers", workers(4)),
    ]
}

/// Calls `test` with every runtime in turn.
pub fn on_each(test: impl Fn(&Runtime)) {
    for (name, runtime) in runtimes() {
        println!("on {name}");
        test(&runtime);
    }
}

/// Runs the future that `test` makes on every runtime in turn, as a task.
pub fn spawn_on_each<F>(test: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    on_each(|runtime| runtime.block_on(runtime.spawn(test())).unwrap());
}

pub fn workers(count: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(count)
        .build()
        .unwrap()
}

/// Counts how many of the values it handed out were dropped.
#[derive(Clone, Default)]
pub struct Drops(Arc<AtomicUsize>);

/// Adds one to its counter when it is dropped.
pub struct Dropped(Arc<AtomicUsize>);

impl Drops {
    pub fn witness(&self) -> Dropped {
        Dropped(self.0.clone())
    }

    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The text of a panic.
pub fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text")
}

/// Polls a future once, and drops it.
pub fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// The file that the panic of `f` points at.
pub fn location_of_panic(f: impl FnOnce()) -> String {
    // The hook is the process's, so one test at a time sets it.
    static LOCK: Mutex<()> = Mutex::new(());
    let _lock = LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let thread = std::thread::current().id();
    let found = Arc::new(Mutex::new(String::new()));
    let seen = found.clone();
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == thread {
            *seen.lock().unwrap() = info.location().unwrap().file().to_owned();
        }
    }));
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
    std::panic::set_hook(previous);
    let file = found.lock().unwrap();
    file.clone()
}

/// A folder of one test's own, removed with all that is in it when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("plies-test-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An example of this crate as `cargo test` has built it, next to the tests.
pub fn example(name: &str) -> std::process::Command {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.extend(["examples", name]);
    assert!(
        path.exists(),
        "run `cargo build -p plies --examples` first: {path:?}"
    );
    std::process::Command::new(path)
}
