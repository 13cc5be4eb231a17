//! What tasks take of the heap: each small one a block of 128 bytes, used again when it is freed.
#![cfg(all(feature = "std", not(plies_plain_cells)))]

mod util;

use plies_task::{Builder, JoinHandle, Outcome, Runnable, Schedule, spawn};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

/// Bytes on the heap.
static HEAP: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: it is the system's allocator, and counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HEAP.fetch_add(layout.size(), Relaxed);
        // SAFETY: passed on from the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HEAP.fetch_sub(layout.size(), Relaxed);
        // SAFETY: passed on from the caller.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The tests of this file count what the whole process allocates, so they take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|error| error.into_inner())
}

/// What an executor's scheduler looks like to a task: one counted pointer.
#[derive(Clone)]
struct Executor(#[allow(dead_code)] Arc<()>);

/// As much as an executor may want to know of a task.
struct Attributes(#[allow(dead_code)] [u64; 2]);

impl Schedule<Attributes> for Executor {
    fn schedule(&self, _task: Runnable<Attributes>, _cause: plies_task::Cause) {}
}

/// Parks `count` tasks that each own a word.
fn park(count: usize) -> Vec<JoinHandle<()>> {
    let executor = Executor(Arc::new(()));
    let mut parked = Vec::with_capacity(count);
    for word in 0..count as u64 {
        let future = std::future::poll_fn(move |_| match word {
            u64::MAX => std::task::Poll::Ready(()),
            _ => std::task::Poll::Pending,
        });
        let builder = Builder::new().metadata(Attributes([0; 2]));
        let (runnable, handle) = builder.spawn(future, executor.clone());
        assert_eq!(runnable.run(), Outcome::Pending);
        parked.push(handle);
    }
    parked
}

/// Bytes of this process in memory: zero where that is not told.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status
        .split(' ')
        .nth(1)
        .map_or(0, |pages| pages.parse::<usize>().unwrap() * 4096)
}

#[test]
fn a_parked_small_task_takes_128_bytes_and_at_most_140_resident() {
    const COUNT: usize = 400_000;
    let _turn = turn();
    let before = (HEAP.load(Relaxed), resident());
    let parked = park(COUNT);
    let handles = parked.capacity() * size_of::<JoinHandle<()>>();
    let of_task = |taken: usize| (taken - handles) as f64 / COUNT as f64;
    let heap = of_task(HEAP.load(Relaxed) - before.0);
    // Other tests of this process may have left a few thousand blocks to use.
    assert!(
        (125.0..128.5).contains(&heap),
        "{heap} bytes of heap a task"
    );
    if before.1 > 0 {
        let resident = of_task(resident() - before.1);
        assert!(resident <= 140.0, "{resident} bytes resident a task");
    }
}

#[test]
fn blocks_are_used_again_by_the_thread_that_freed_them() {
    let _turn = turn();
    let round = || {
        (0..1_000)
            .map(|_| spawn(async {}, util::Queue::new()))
            .collect::<Vec<_>>()
    };
    drop(round());
    let before = HEAP.load(Relaxed);
    for _ in 0..100 {
        drop(round());
    }
    let grown = HEAP.load(Relaxed).saturating_sub(before);
    assert!(
        grown < 100_000,
        "{grown} bytes more, so freed blocks are not used again"
    );
}

#[test]
fn blocks_freed_by_one_thread_reach_another() {
    let _turn = turn();
    let (sender, tasks) = std::sync::mpsc::sync_channel::<Runnable>(256);
    let runner = std::thread::spawn(move || {
        tasks.into_iter().for_each(|task| {
            task.run();
        })
    });
    let queue = util::Queue::new();
    let spawned = |count: usize| {
        for _ in 0..count {
            let (runnable, handle) = spawn(async {}, queue.clone());
            handle.detach();
            sender.send(runnable).unwrap();
        }
    };
    spawned(2_000);
    let before = HEAP.load(Relaxed);
    spawned(200_000);
    let grown = HEAP.load(Relaxed).saturating_sub(before);
    assert!(
        grown < 100_000,
        "{grown} bytes more, so blocks do not come back"
    );
    drop(sender);
    runner.join().unwrap();
}

#[test]
fn threads_that_end_leave_their_blocks_to_others() {
    let _turn = turn();
    let queue = util::Queue::new();
    let work = || {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                drop(
                    (0..500)
                        .map(|_| spawn(async {}, queue.clone()))
                        .collect::<Vec<_>>(),
                )
            });
        });
    };
    work();
    let before = HEAP.load(Relaxed);
    (0..50).for_each(|_| work());
    let grown = HEAP.load(Relaxed).saturating_sub(before);
    assert!(
        grown < 20_000,
        "{grown} bytes more, so blocks are lost with their threads"
    );
}

#[test]
fn cells_never_share_a_cache_line() {
    let _turn = turn();
    let tasks: Vec<_> = (0..300)
        .map(|_| spawn(async { 1 }, util::Queue::new()))
        .collect();
    for (runnable, _handle) in tasks {
        let place = runnable.into_raw();
        assert_eq!(place.addr().get() % 128, 0);
        // SAFETY: it comes back once, with the same metadata.
        drop(unsafe { Runnable::<()>::from_raw(place) });
    }
}
