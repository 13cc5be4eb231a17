//! A program that closes a descriptor which is not its own, here that of a runtime's selector.
//!
//! A process of its own for each test, since the number of the descriptor may be given to another.

mod util;

use std::future::poll_fn;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::pin;
use std::sync::{Arc, Barrier, mpsc};
use std::task::Poll;
use std::time::Duration;

use plies::io::AsyncReadExt;
use plies::net::{TcpListener, TcpStream};
use plies::runtime::{Builder, Handle, Runtime, RuntimeFlavor, is_rt_shutdown_err};
use plies::time::sleep;

/// The descriptors of this process that are selectors.
fn selectors() -> Vec<RawFd> {
    std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| {
            let entry = entry.unwrap();
            let target = std::fs::read_link(entry.path()).ok()?;
            let is_one = target.to_str()?.contains("[eventpoll]");
            is_one.then(|| entry.file_name().to_str().unwrap().parse().unwrap())
        })
        .collect()
}

/// Puts another file in the place of every selector, as a program may that closes too much.
fn break_selectors() {
    let null = std::fs::File::open("/dev/null").unwrap();
    for selector in selectors() {
        // SAFETY: both numbers are open descriptors. That the selector's owner does not expect
        // this is the point; it owns no memory through it.
        let result = unsafe { libc::dup2(null.as_raw_fd(), selector) };
        assert_eq!(result, selector);
    }
}

/// Calls `f` while no worker sleeps in its selector: a sleep that goes on has no need of the
/// descriptor.
fn while_all_are_awake(runtime: &Handle, f: impl FnOnce()) {
    if runtime.runtime_flavor() == RuntimeFlavor::CurrentThread {
        return f();
    }
    let workers = runtime.metrics().num_workers();
    let gate = || Arc::new(Barrier::new(workers + 1));
    let (held, release) = (gate(), gate());
    for _ in 0..workers {
        let (held, release) = (held.clone(), release.clone());
        runtime.spawn(async move {
            held.wait();
            release.wait();
        });
    }
    held.wait();
    f();
    release.wait();
}

/// A stream that somebody waits for; it says so when that has begun.
async fn wait_for_a_stream(begun: mpsc::Sender<()>) -> std::io::Result<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?);
    let (client, server) = plies::join!(client, listener.accept());
    let (_client, mut stream) = (client?, server?.0);
    let mut read = pin!(stream.read_u8());
    poll_fn(|cx| {
        assert!(read.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    begun.send(()).unwrap();
    read.await
}

/// Tasks, timers and blocking jobs go on; a socket that waits gets an error.
fn survives(runtime: &Runtime) {
    let (begun, waits) = mpsc::channel();
    let waiting = runtime.spawn(wait_for_a_stream(begun));
    runtime.block_on(async {
        while waits.try_recv().is_err() {
            sleep(Duration::from_millis(1)).await;
        }
        while_all_are_awake(&Handle::current(), break_selectors);
        // A spare worker may have stood in for one that slept on: another round wakes that one.
        while !waiting.is_finished() {
            while_all_are_awake(&Handle::current(), || ());
            plies::task::yield_now().await;
        }
        let error = waiting.await.unwrap().unwrap_err();
        assert!(is_rt_shutdown_err(&error), "{error:?}");
        for round in 0..5 {
            assert_eq!(plies::spawn(async move { round }).await.unwrap(), round);
            plies::spawn(sleep(Duration::from_millis(1))).await.unwrap();
        }
        assert_eq!(plies::task::spawn_blocking(|| 7).await.unwrap(), 7);
    });
    let workers = || runtime.metrics().workers();
    while workers().iter().all(|worker| worker.driver_failures == 0) {
        runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    }
    assert!(workers().iter().all(|worker| worker.panics == 0));
}

/// Runs `body` in a process of its own: the test named `test` of this program.
fn in_a_process(test: &str, body: impl FnOnce()) {
    const CHILD: &str = "PLIES_SELECTOR_FAILURE";
    if std::env::var_os(CHILD).is_some() {
        return body();
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "{}\n{text}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn the_driving_thread_goes_on_without_its_selector() {
    in_a_process("the_driving_thread_goes_on_without_its_selector", || {
        survives(&Builder::new_current_thread().build().unwrap());
    });
}

#[test]
fn one_worker_goes_on_without_its_selector() {
    in_a_process("one_worker_goes_on_without_its_selector", || {
        survives(&util::workers(1));
    });
}

#[test]
fn four_workers_go_on_without_their_selectors() {
    in_a_process("four_workers_go_on_without_their_selectors", || {
        survives(&util::workers(4));
    });
}
