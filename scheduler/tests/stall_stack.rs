//! The stack of a stuck thread, as the report of the stall has it.
#![cfg(all(feature = "stall-stack", target_os = "linux", target_arch = "x86_64"))]

mod util;

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use plies_scheduler::{Rescue, Stall, ThreadPool, WorkStealing, block_on};

/// A pool that passes on its stalls, with stacks. What happens to be late before the task under
/// test is passed on too: tests look for the name.
fn pool(workers: usize) -> (ThreadPool, Receiver<Stall>) {
    let (tell, told): (Sender<Stall>, _) = mpsc::channel();
    let pool = util::builder(workers, WorkStealing::new())
        .rescue(Rescue::new().capture_stack(true))
        .on_stall(move |stall| drop(tell.send(stall.clone())))
        .build()
        .unwrap();
    (pool, told)
}

/// Spawns a task that calls `block`, and returns the stall of it and what it returned. `block` is
/// given what resolves when the stall was reported.
fn stall<T: Send + 'static>(block: impl FnOnce(Receiver<()>) -> T + Send + 'static) -> (Stall, T) {
    let (pool, told) = pool(2);
    let (let_go, wait) = mpsc::channel();
    let task = plies_scheduler::TaskBuilder::new().name("stuck");
    let task = pool.handle().spawn_with(task, async move { block(wait) });
    let stall = told.iter().find(|stall| stall.name() == Some("stuck"));
    // It may be over by itself.
    let _ = let_go.send(());
    (stall.unwrap(), block_on(task).unwrap())
}

#[inline(never)]
fn the_culprit(wait: Receiver<()>) -> u32 {
    wait.recv().unwrap();
    std::hint::black_box(7)
}

#[inline(never)]
fn the_hog(wait: Receiver<()>) -> u32 {
    let mut turns = 0;
    while wait.try_recv().is_err() {
        turns = std::hint::black_box(turns + 1);
    }
    turns
}

/// A thread that others hold up for 10 ms may be reported without a stack: again, then.
fn stack_of<T: Send + 'static>(block: fn(Receiver<()>) -> T) -> String {
    let stalls = std::iter::repeat_with(|| stall(block).0);
    let mut stacks = stalls.filter_map(|stall| stall.stack().map(ToString::to_string));
    stacks.next().unwrap()
}

#[test]
fn it_shows_the_call_that_blocks_and_what_called_it() {
    let stack = stack_of(the_culprit);
    let culprit = stack
        .find("the_culprit")
        .unwrap_or_else(|| panic!("{stack}"));
    assert!(stack.contains("stall_stack.rs:"), "{stack}");
    // Down to the thread's first calls: the walk went through library and runtime frames.
    let bottom = stack.rfind("thread").unwrap();
    assert!(bottom > culprit, "{stack}");
}

#[test]
fn it_shows_the_loop_that_computes() {
    let stack = stack_of(the_hog);
    assert!(stack.contains("the_hog"), "{stack}");
}

#[test]
fn a_thread_that_blocks_signals_is_reported_without_a_stack() {
    let (stall, ()) = stall(|wait| {
        // SAFETY: the sets are locals, filled before they are read; the mask is this thread's.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &raw mut before);
            wait.recv().unwrap();
            // The signal arrives now, and nobody waits for the answer any more.
            libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        }
    });
    assert_eq!(stall.stack(), None);
    // Nor does it stand in the way of the next one.
    assert!(stack_of(the_culprit).contains("the_culprit"));
}

#[test]
fn a_blocking_read_goes_on_after_the_signal() {
    let (stall, read) = stall(|wait| {
        let mut ends = [0; 2];
        // SAFETY: the array has room for the two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        let [reader, writer] = ends;
        std::thread::spawn(move || {
            wait.recv().unwrap();
            // SAFETY: it writes one byte of a constant to a descriptor of our own.
            unsafe { libc::write(writer, b"x".as_ptr().cast(), 1) };
        });
        let mut byte = 0u8;
        // SAFETY: it reads one byte into a local of that size.
        unsafe { libc::read(reader, (&raw mut byte).cast(), 1) }
    });
    assert_eq!((read, stall.name()), (1, Some("stuck")));
}

/// Sleeps, and says for how long.
fn sleep_for(time: Duration) -> Duration {
    let start = std::time::Instant::now();
    std::thread::sleep(time);
    start.elapsed()
}

#[test]
fn a_standard_sleep_is_not_cut_short() {
    let time = Duration::from_millis(60);
    let (_, shortest) = stall(move |wait| {
        // Until the report, which may take longer on a loaded machine.
        let sleeps = std::iter::from_fn(|| wait.try_recv().is_err().then(|| sleep_for(time)));
        sleeps.min()
    });
    assert!(shortest >= Some(time));
}

#[test]
fn without_asking_there_is_none() {
    let (tell, told) = mpsc::channel();
    let pool = util::builder(1, WorkStealing::new())
        .rescue(Rescue::new())
        .on_stall(move |stall| drop(tell.send(stall.clone())))
        .build()
        .unwrap();
    let blocked = pool.handle().spawn(async move { told.recv().unwrap() });
    assert_eq!(block_on(blocked).unwrap().stack(), None);
}
