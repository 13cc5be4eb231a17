//! A deadlock, and the dump that shows it.
//!
//! `cargo run --release --example deadlock`
//!
//! Two tasks take two locks in opposite orders and wait for each other; a third one waits for a
//! message that neither will ever send. The dump says who is polled by which worker and sleeps, and
//! who waits since when. In a program of your own, `Builder::dump_on_signal` prints it on
//! `kill -USR1`.

use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::time::Duration;

use plies::runtime::Builder;
use plies::task;

fn main() -> std::io::Result<()> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .name("bank")
        .build()?;
    let (told, waits) = mpsc::channel();
    runtime.block_on(async { transfer_both_ways(&told) })?;
    // Both hold a lock, and the third task has been polled.
    (0..3).for_each(|_| waits.recv().unwrap());
    std::thread::sleep(Duration::from_millis(300));
    println!("{}", runtime.dump());
    let report = runtime.shutdown_timeout(Duration::from_millis(100));
    println!(
        "{} workers are left behind in their locks",
        report.workers_left
    );
    Ok(())
}

fn transfer_both_ways(told: &mpsc::Sender<()>) -> std::io::Result<()> {
    let (mine, yours) = (Arc::new(Mutex::new(100)), Arc::new(Mutex::new(100)));
    let (done, mut all_done) = plies::sync::mpsc::channel::<()>(1);
    let both_hold_one = Arc::new(Barrier::new(2));
    for (name, from, to) in [("pay", &mine, &yours), ("repay", &yours, &mine)] {
        let (from, to, both_hold_one) = (from.clone(), to.clone(), both_hold_one.clone());
        let (told, done) = (told.clone(), done.clone());
        task::Builder::new().name(name).spawn(async move {
            {
                let mut from = from.lock().unwrap();
                both_hold_one.wait();
                told.send(()).unwrap();
                let mut to = to.lock().unwrap();
                *from -= 1;
                *to += 1;
            }
            let _ = done.send(()).await;
        })?;
    }
    let told = told.clone();
    task::Builder::new().name("audit").spawn(async move {
        told.send(()).unwrap();
        while all_done.recv().await.is_some() {}
    })?;
    Ok(())
}
