//! What a class is worth under full load: `cargo bench -p plies-scheduler --bench priority`.
//!
//! 100 tasks of each of three classes, always ready, on 2 workers; each poll takes about a
//! microsecond. For each class: its share of the polls, the least share that the scheduler states,
//! and how long a task was queued from the end of a poll to the start of its next one. It fails if a
//! class gets less than its share, or if the lowest waits less than ten times as long as the highest.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use plies_scheduler::{Attributes, JoinHandle, Priority, TaskBuilder, ThreadPool, block_on};

const CLASSES: u8 = 3;
const TASKS: usize = 100;
const WORKERS: usize = 2;
const AGEING: u32 = 64;
const LOAD: Duration = Duration::from_secs(2);

/// The delays of each class, in nanoseconds.
type Delays = Arc<[Mutex<Vec<u64>>; CLASSES as usize]>;

/// Ready again after each poll, until `over`; then hands its delays in.
fn spawn(pool: &ThreadPool, class: u8, over: &Arc<AtomicBool>, delays: &Delays) -> JoinHandle<()> {
    let (over, delays) = (over.clone(), delays.clone());
    let (mut queued, mut own) = (None::<Instant>, Vec::new());
    let task = TaskBuilder::new().attributes(Attributes::new().with_class(class));
    let future = std::future::poll_fn(move |cx| {
        own.extend(queued.map(|queued| queued.elapsed().as_nanos() as u64));
        if over.load(Ordering::Relaxed) {
            delays[usize::from(class)].lock().unwrap().append(&mut own);
            return Poll::Ready(());
        }
        black_box((0..500).map(black_box).sum::<u32>());
        cx.waker().wake_by_ref();
        queued = Some(Instant::now());
        Poll::Pending
    });
    pool.handle().spawn_with(task, future)
}

fn percentile(sorted: &[u64], per_cent: usize) -> f64 {
    sorted
        .get(sorted.len() * per_cent / 100)
        .map_or(f64::NAN, |delay| *delay as f64 / 1e3)
}

fn main() -> std::io::Result<()> {
    let scheduler = Priority::new(CLASSES).ageing(AGEING);
    let pool = ThreadPool::builder()
        .workers(WORKERS)
        .scheduler(scheduler)
        .build()?;
    let (over, delays) = (Arc::new(AtomicBool::new(false)), Delays::default());
    let tasks: Vec<_> = (0..CLASSES)
        .flat_map(|class| vec![class; TASKS])
        .map(|class| spawn(&pool, class, &over, &delays))
        .collect();
    std::thread::sleep(LOAD);
    over.store(true, Ordering::Relaxed);
    for task in tasks {
        block_on(task).expect("no task panics");
    }
    let mut delays: Vec<_> = delays
        .iter()
        .map(|class| class.lock().unwrap().clone())
        .collect();
    delays.iter_mut().for_each(|delays| delays.sort_unstable());
    let polls: usize = delays.iter().map(Vec::len).sum();
    let stated = 100.0 / f64::from(AGEING + u32::from(CLASSES));
    println!("class     polls    share  stated  p50 µs     p99 µs");
    for (class, delays) in delays.iter().enumerate() {
        let share = 100.0 * delays.len() as f64 / polls as f64;
        let (median, tail) = (percentile(delays, 50), percentile(delays, 99));
        println!(
            "{class:5} {:9} {share:6.2} % {stated:5.2} % {median:8.1} {tail:10.1}",
            delays.len()
        );
        assert!(share >= stated, "class {class} gets less than its share");
    }
    let ratio = percentile(&delays[usize::from(CLASSES) - 1], 99) / percentile(&delays[0], 99);
    println!("p99 of the lowest class is {ratio:.0} times that of the highest");
    assert!(ratio >= 10.0, "the highest class waits too long");
    Ok(())
}
