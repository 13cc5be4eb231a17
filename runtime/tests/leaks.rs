//! What cancelled operations leave behind, counted for the whole process: descriptors, tasks and
//! threads. One test, for others would be counted with it.

mod util;

use std::pin::pin;
use std::process::Stdio;
use std::sync::Arc;
use std::task::{Context, Waker};

use plies::fs::{self, File};
use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::{
    TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream, lookup_host,
    unix::pipe,
};
use plies::process::Command;
use plies::runtime::{Handle, Runtime};
use plies::signal::unix::{SignalKind, signal};
use plies::time::{Duration, Instant, sleep, timeout};
use util::{Folder, runtimes};

/// Far more than what is to come takes; only so that what never comes fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

fn descriptors() -> usize {
    count("/proc/self/fd")
}

/// The timers of the reactors: each makes one for its first sleep that ends by time, which may be any.
fn timers() -> usize {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
    let is_timer = |path| {
        std::fs::read_link(path).is_ok_and(|link| link.to_string_lossy().ends_with("[timerfd]"))
    };
    descriptors
        .filter(|descriptor| is_timer(descriptor.as_ref().unwrap().path()))
        .count()
}

fn threads() -> usize {
    count("/proc/self/task")
}

fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

/// Polls `operation` up to `polls` times, a while apart, and drops it.
async fn cut(operation: impl Future, polls: usize) {
    let mut operation = pin!(operation);
    for _ in 0..polls {
        let polled = operation
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        if polled.is_ready() {
            return;
        }
        plies::task::yield_now().await;
    }
}

/// Cuts one of each of the operations that make a descriptor, a task or a job.
async fn cut_one_of_each(folder: &Folder, polls: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    cut(listener.accept(), polls).await;
    cut(TcpStream::connect(address), polls).await;
    cut(TcpStream::connect(("localhost", address.port())), polls).await;
    cut(lookup_host(("localhost", 80)), polls).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    cut(client.read(&mut [0]), polls).await;
    cut(client.write(&[0]), polls).await;

    let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    cut(udp.recv(&mut [0]), polls).await;

    let path = folder.file("socket");
    let listener = UnixListener::bind(&path).unwrap();
    cut(listener.accept(), polls).await;
    cut(UnixStream::connect(&path), polls).await;
    drop(listener);
    std::fs::remove_file(path).unwrap();
    let (one, _other) = UnixDatagram::pair().unwrap();
    cut(one.recv(&mut [0]), polls).await;
    let (_sender, mut receiver) = pipe::pipe().unwrap();
    cut(receiver.read(&mut [0]), polls).await;

    let path = folder.file("file");
    cut(fs::write(&path, "contents"), polls).await;
    cut(File::create(&path), polls).await;
    cut(fs::read(&path), polls).await;
    cut(fs::read_dir(folder.file(".")), polls).await;

    let mut cat = Command::new("cat");
    cat.stdin(Stdio::piped()).stdout(Stdio::piped());
    cat.kill_on_drop(true);
    let mut child = cat.spawn().unwrap();
    cut(child.wait(), polls).await;
    cut(child.stdout.as_mut().unwrap().read(&mut [0]), polls).await;
    cut(cat.output(), polls).await;
    let mut listener = signal(SignalKind::user_defined1()).unwrap();
    cut(listener.recv(), polls).await;

    cut(sleep(PATIENCE), polls).await;
    cut(
        timeout(PATIENCE, plies::spawn(std::future::pending::<()>())),
        polls,
    )
    .await;
    cut(plies::task::spawn_blocking(|| ()), polls).await;
}

/// Waits until `figure` is at most `limit`: processes and threads end in their own time.
async fn wait_for_at_most(limit: usize, what: &str, figure: impl Fn() -> usize) {
    let start = Instant::now();
    while figure() > limit {
        let left = figure();
        assert!(
            start.elapsed() < PATIENCE,
            "{left} {what} instead of {limit}"
        );
        plies::task::yield_now().await;
    }
}

#[test]
fn cancelled_operations_leave_nothing_behind() {
    const ROUNDS: usize = 20;
    let (before, threads_before) = (descriptors(), threads());
    let folder = Arc::new(Folder::new());
    let runtimes = runtimes();
    let workers = |(_, runtime): &(_, Runtime)| runtime.metrics().num_workers();
    let reactors = runtimes.iter().map(workers).sum::<usize>();
    for (name, runtime) in runtimes {
        println!("on {name}");
        let task = runtime.spawn({
            let folder = folder.clone();
            async move {
                let handle = Handle::current();
                // What the process makes once, it makes now: pipes of signals, threads.
                for polls in 0..4 {
                    cut_one_of_each(&folder, polls).await;
                }
                sleep(Duration::from_millis(50)).await;
                let others = || descriptors().saturating_sub(timers());
                let open = others();
                let alive = handle.metrics().suspended_tasks();
                for _ in 0..ROUNDS {
                    for polls in 0..4 {
                        cut_one_of_each(&folder, polls).await;
                    }
                }
                wait_for_at_most(open, "descriptors", others).await;
                wait_for_at_most(reactors, "timers", timers).await;
                let tasks = || handle.metrics().suspended_tasks();
                wait_for_at_most(alive, "tasks", tasks).await;
            }
        });
        runtime.block_on(task).unwrap();
    }
    drop(folder);
    // The runtimes have ended, and with them all that they had.
    plies_scheduler::block_on(async {
        wait_for_at_most(before, "descriptors", descriptors).await;
        wait_for_at_most(threads_before, "threads", threads).await;
    });
}
