//! Dumps of a whole runtime, also at a signal, with everything stuck.

mod util;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier, Mutex, mpsc};

use plies::runtime::{Builder, Dump, Runtime, TaskState};
use plies::signal::unix::SignalKind;
use plies::task;
use util::on_each;

#[test]
fn waiting_tasks_are_there_by_name_and_place() {
    on_each(|runtime| {
        let (sender, receiver) = plies::sync::oneshot::channel::<()>();
        let line = line!() + 1;
        let builder = task::Builder::new().name("reader");
        let reader = runtime
            .block_on(async move { builder.spawn(async { drop(receiver.await) }) })
            .unwrap();
        let found = |dump: &Dump| {
            dump.tasks()
                .iter()
                .any(|task| task.state() == TaskState::Idle)
        };
        while !found(&runtime.dump()) {
            runtime.block_on(task::yield_now());
        }
        let dump = runtime.handle().dump();
        let task = &dump.tasks()[0];
        assert_eq!(
            (task.id(), task.name()),
            (reader.id().get(), Some("reader"))
        );
        let location = task.location().unwrap();
        assert!(location.file() == file!() && location.line() > line);
        // More, if a slow machine had a worker replaced.
        assert!(dump.workers().len() >= runtime.metrics().num_workers());
        let text = dump.to_string();
        assert!(
            text.contains("reader, runtime/tests/dump.rs") && text.contains("idle"),
            "{text}"
        );
        drop(sender);
        runtime.block_on(reader).unwrap();
    });
}

#[test]
fn blocking_jobs_are_counted() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .name("main")
        .build()
        .unwrap();
    let (let_go, wait) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let running = runtime.spawn_blocking(move || {
        tell.send(()).unwrap();
        let _ = wait.recv();
    });
    told.recv().unwrap();
    let queued = runtime.spawn_blocking(|| ());
    let dump = runtime.dump();
    assert_eq!(
        (dump.blocking_jobs_running(), dump.blocking_jobs_queued()),
        (1, 1)
    );
    let text = dump.to_string();
    assert!(
        text.contains("'main'; blocking jobs: 1 running, 1 queued"),
        "{text}"
    );
    drop(let_go);
    runtime.block_on(running).unwrap();
    runtime.block_on(queued).unwrap();
}

/// What the child of the next tests does: takes two locks in opposite orders, in two tasks.
fn deadlock(runtime: &Runtime) {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    let both = Arc::new(Barrier::new(2));
    let (theirs, there) = (locks.clone(), both.clone());
    runtime.block_on(async move {
        let spawn = |name| task::Builder::new().name(name);
        let debit = spawn("debit").spawn(async move {
            let _first = locks.0.lock();
            both.wait();
            println!("debit waits");
            let _second = locks.1.lock();
        });
        let credit = spawn("credit").spawn(async move {
            let _first = theirs.1.lock();
            there.wait();
            println!("credit waits");
            let _second = theirs.0.lock();
        });
        debit.unwrap().await.unwrap();
        credit.unwrap().await.unwrap();
    });
}

/// What the child of the last test does: stands still in the one thread that there is, with the
/// standard error locked.
fn stand_still(runtime: &Runtime) {
    runtime.block_on(async {
        let task = task::Builder::new().name("alone").spawn(async {
            let _stderr = std::io::stderr().lock();
            println!("alone waits");
            park_for_ever();
        });
        task.unwrap().await.unwrap();
    });
}

fn park_for_ever() {
    loop {
        std::thread::park();
    }
}

const CHILD: &str = "PLIES_TEST_DUMP_CHILD";

/// Runs as a child of the tests below; by itself it does nothing.
#[test]
fn child() {
    let Ok(role) = std::env::var(CHILD) else {
        return;
    };
    let kind = SignalKind::user_defined1();
    if role == "deadlock" {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).dump_on_signal(kind).build();
        deadlock(&runtime.unwrap());
    } else {
        let runtime = Builder::new_current_thread().dump_on_signal(kind).build();
        stand_still(&runtime.unwrap());
    }
}

/// A process that stands still; killed in the end.
struct Stuck(Child);

impl Stuck {
    /// Starts it, and waits until this many tasks have said that they wait.
    fn start(role: &str, tasks: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD, role)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let lines = output.lines().map(Result::unwrap);
        // The rest of the output is of no interest, and does not fill a pipe.
        let waiting = lines.filter(|line| line.contains(" waits")).take(tasks);
        assert_eq!(waiting.count(), tasks);
        Self(child)
    }

    fn signal(&self) {
        let kind = SignalKind::user_defined1().as_raw_value();
        let child = self.0.id().try_into().unwrap();
        // SAFETY: the child is not waited for yet, so that its number is its own.
        let killed = unsafe { libc::kill(child, kind) };
        assert_eq!(killed, 0);
    }

    /// Reads the standard error until all of these are in it.
    fn errors_until(&mut self, wanted: &[&str]) -> String {
        let mut errors = self.0.stderr.take().unwrap();
        let (mut text, mut chunk) = (String::new(), [0; 4096]);
        while !wanted.iter().all(|wanted| text.contains(wanted)) {
            let bytes = errors.read(&mut chunk).unwrap();
            assert!(bytes > 0, "the child has ended: {text}");
            text += &String::from_utf8_lossy(&chunk[..bytes]);
        }
        self.0.stderr = Some(errors);
        text
    }
}

impl Drop for Stuck {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_signal_dumps_a_deadlock() {
    let mut stuck = Stuck::start("deadlock", 2);
    // As often as it is sent.
    for _ in 0..2 {
        stuck.signal();
        let text = stuck.errors_until(&["debit, ", "credit, "]);
        let row = |name: &str| text.lines().find(|line| line.contains(name)).unwrap();
        for name in ["debit, ", "credit, "] {
            assert!(row(name).contains("running"), "{text}");
            assert!(row(name).contains("runtime/tests/dump.rs"), "{text}");
        }
        assert!(text.contains("2 tasks: 2 running"), "{text}");
    }
}

#[test]
fn a_signal_dumps_a_single_thread_that_holds_the_standard_error() {
    let mut stuck = Stuck::start("alone", 1);
    stuck.signal();
    let text = stuck.errors_until(&["alone, "]);
    assert!(text.contains("1 tasks: 1 running"), "{text}");
}

#[test]
fn a_signal_that_cannot_be_handled_is_an_error() {
    let kind = SignalKind::from_raw(libc::SIGKILL);
    let built = Builder::new_current_thread().dump_on_signal(kind).build();
    assert_eq!(built.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
}

#[test]
fn a_runtime_that_is_gone_prints_nothing() {
    let kind = SignalKind::user_defined2();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .dump_on_signal(kind)
        .build();
    drop(runtime.unwrap());
    // SAFETY: the signal has had a handler since the runtime was built.
    assert_eq!(unsafe { libc::raise(kind.as_raw_value()) }, 0);
    std::io::stderr().flush().unwrap();
}
