//! Spawning, running, and where tasks come from.

mod util;

use plies_task::{Builder, Cause, Outcome, Runnable, spawn};
use std::collections::HashSet;
use util::{Probe, Queue, now};

#[test]
fn spawning_neither_polls_nor_schedules() {
    let (queue, probe) = (Queue::new(), Probe::ready_at(1));
    let (_runnable, _handle) = spawn(probe.future(), queue.clone());
    assert_eq!(probe.polls.get(), 0);
    assert_eq!(queue.scheduled(), 0);
}

#[test]
fn schedule_hands_the_task_over_as_spawned() {
    let queue = Queue::new();
    let (runnable, _handle) = spawn(async {}, queue.clone());
    runnable.schedule();
    let (runnable, cause) = queue.try_pop().unwrap();
    assert_eq!(cause, Cause::Spawned);
    assert_eq!(runnable.run(), Outcome::Complete);
}

#[test]
fn run_completes_and_the_handle_returns_the_value() {
    let (runnable, mut handle) = spawn(async { 42 }, Queue::new());
    assert_eq!(runnable.run(), Outcome::Complete);
    assert_eq!(now(&mut handle).unwrap(), 42);
}

#[test]
fn the_future_is_dropped_before_the_joiner_is_told() {
    let probe = Probe::ready_at(1);
    let (runnable, mut handle) = spawn(probe.future(), Queue::new());
    runnable.run();
    assert_eq!(probe.drops.get(), 1);
    assert_eq!(now(&mut handle).unwrap(), 1);
}

#[test]
fn the_scheduler_is_dropped_with_the_last_end_of_the_task() {
    let queue = Queue::new();
    let (runnable, handle) = spawn(async {}, queue.clone());
    runnable.run();
    assert_eq!(queue.references(), 2);
    drop(handle);
    assert_eq!(queue.references(), 1);
}

#[test]
fn a_name_a_location_and_metadata_reach_the_runnable() {
    let line = line!() + 1;
    let builder = || Builder::new().name("reader").spawn(async {}, Queue::new());
    let (runnable, handle) = builder();
    assert_eq!(runnable.name(), Some("reader"));
    assert_eq!(runnable.location().line(), line);
    assert_eq!(runnable.location().file(), file!());
    assert_eq!(runnable.id(), handle.id());
}

#[test]
fn a_task_without_a_name_has_none() {
    let (runnable, _handle) = spawn(async {}, Queue::new());
    assert_eq!(runnable.name(), None);
    assert_eq!(runnable.location().file(), file!());
}

#[test]
fn ids_are_unique_across_threads() {
    let ids = || {
        (0..3000)
            .map(|_| spawn(async {}, Queue::new()).1.id())
            .collect::<Vec<_>>()
    };
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(ids)).collect();
    let all: Vec<_> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    let unique: HashSet<_> = all.iter().collect();
    assert_eq!(unique.len(), 12_000);
}

#[test]
fn a_runnable_survives_the_way_through_a_raw_pointer() {
    let (runnable, mut handle) = spawn(async { 1 }, Queue::new());
    let raw = runnable.into_raw();
    assert_eq!(raw.addr().get() % 8, 0);
    // SAFETY: it comes back once, and with the same metadata.
    let runnable: Runnable = unsafe { Runnable::from_raw(raw) };
    runnable.run();
    assert_eq!(now(&mut handle).unwrap(), 1);
}

#[test]
fn a_runnable_is_one_pointer_wide() {
    assert_eq!(size_of::<Option<Runnable>>(), size_of::<usize>());
}
