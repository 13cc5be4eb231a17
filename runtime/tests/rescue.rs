//! Tasks that block every worker: timers, sockets and other tasks go on. The blocked ones wait for
//! what the others do, so that each test here would hang without the rescue.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::TcpListener;
use plies::runtime::{Builder, Runtime};

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .build()
        .unwrap()
}

/// Blocks `count` threads of the runtime, in tasks; each goes on when its sender is dropped.
fn block_workers(runtime: &Runtime, count: usize) -> Vec<mpsc::Sender<()>> {
    let block = |_| {
        let (let_go, wait) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        runtime.spawn(async move {
            tell.send(()).unwrap();
            let _ = wait.recv();
        });
        told.recv().unwrap();
        let_go
    };
    (0..count).map(block).collect()
}

#[test]
fn a_ticker_goes_on_while_every_worker_is_blocked() {
    for workers in [1, 2] {
        let runtime = runtime(workers);
        let (tick, ticks) = mpsc::channel();
        runtime.spawn(async move {
            loop {
                plies::time::sleep(Duration::from_millis(1)).await;
                if tick.send(Instant::now()).is_err() {
                    return;
                }
            }
        });
        let mut last = ticks.recv().unwrap();
        let blocked = block_workers(&runtime, workers);
        let mut longest = Duration::ZERO;
        for _ in 0..100 {
            let now = ticks.recv().unwrap();
            longest = longest.max(now - last);
            last = now;
        }
        println!("{workers} of {workers} workers blocked: longest gap {longest:?}");
        drop(blocked);
    }
}

#[test]
fn a_socket_is_served_while_every_worker_is_blocked() {
    let runtime = runtime(2);
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut byte = [0];
        while stream.read_exact(&mut byte).await.is_ok() {
            stream.write_all(&byte).await.unwrap();
        }
    });
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let mut round_trip = || {
        let start = Instant::now();
        let mut byte = [7];
        stream.write_all(&byte).unwrap();
        stream.read_exact(&mut byte).unwrap();
        start.elapsed()
    };
    round_trip();
    let blocked = block_workers(&runtime, 2);
    let longest = (0..100).map(|_| round_trip()).max().unwrap();
    println!("both workers blocked: longest round trip {longest:?}");
    drop(blocked);
}

#[test]
fn many_tasks_that_sleep_in_the_system_hold_up_nobody() {
    let runtime = runtime(2);
    let blocked = block_workers(&runtime, 50);
    let other = runtime.spawn(async { plies::time::sleep(Duration::from_millis(1)).await });
    runtime.block_on(other).unwrap();
    drop(blocked);
}
