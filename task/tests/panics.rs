//! Panics in everything a task calls: they stay in the task, and reach its joiner.
#![cfg(feature = "std")]

mod util;

use plies_task::{Cause, Outcome, Runnable, Schedule, spawn};
use std::sync::Arc;
use std::task::{Wake, Waker};
use util::{Counter, Queue, now, panic_message, poll};

/// Panics when it is dropped, after counting that.
struct Bomb(#[allow(dead_code)] util::OnDrop);

impl Bomb {
    fn new(drops: &Counter) -> Self {
        Self(drops.on_drop())
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a destructor panics");
    }
}

#[test]
fn a_panic_in_the_poll_reaches_the_joiner_and_nobody_else() {
    let (queue, drops) = (Queue::new(), Counter::new());
    let guard = drops.on_drop();
    let (runnable, mut handle) = spawn(
        async move {
            let _guard = guard;
            panic!("out of cheese")
        },
        queue.clone(),
    );
    assert_eq!(runnable.run(), Outcome::Panicked);
    assert_eq!(drops.get(), 1);
    let id = handle.id();
    let error = now::<_>(&mut handle).map(|never: ()| never).unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled());
    assert_eq!(error.id(), id);
    assert_eq!(
        error.to_string(),
        format!("task {id} panicked: out of cheese")
    );
    assert_eq!(
        *error.into_panic().downcast::<&str>().unwrap(),
        "out of cheese"
    );
    drop(handle);
    assert_eq!(queue.references(), 1);
}

#[test]
fn a_panic_of_a_detached_task_harms_nobody() {
    let queue = Queue::new();
    let (runnable, handle) = spawn(async { panic!("nobody hears this") }, queue.clone());
    handle.detach();
    assert_eq!(runnable.run(), Outcome::Panicked);
    assert_eq!(queue.references(), 1);
}

#[test]
fn a_formatted_message_is_shown_too() {
    let (runnable, mut handle) = spawn(async { panic!("{} is too many", 8) }, Queue::new());
    runnable.run();
    let error = now(&mut handle).map(|never: ()| never).unwrap_err();
    assert!(
        error.to_string().ends_with("panicked: 8 is too many"),
        "{error}"
    );
    assert!(format!("{error:?}").contains("8 is too many"));
}

#[test]
fn a_payload_that_is_no_text_is_handed_over_as_it_is() {
    let body = async { std::panic::panic_any(17_u8) };
    let (runnable, mut handle) = spawn(body, Queue::new());
    runnable.run();
    let error = now(&mut handle).map(|never: ()| never).unwrap_err();
    assert!(error.to_string().ends_with("panicked"), "{error}");
    assert_eq!(
        *error.try_into_panic().unwrap().downcast::<u8>().unwrap(),
        17
    );
}

#[test]
fn into_panic_of_a_cancelled_task_says_what_to_ask_first() {
    let (runnable, mut handle) = spawn(async {}, Queue::new());
    drop(runnable);
    let error = now(&mut handle).unwrap_err().try_into_panic().unwrap_err();
    let message = panic_message(|| drop(error.into_panic())).unwrap();
    assert!(message.contains("ask `is_panic`"), "{message}");
}

#[test]
fn a_panic_in_the_futures_destructor_after_its_value_reaches_the_joiner() {
    let (queue, bombs, values) = (Queue::new(), Counter::new(), Counter::new());
    let (bomb, value) = (Bomb::new(&bombs), values.on_drop());
    let mut value = Some(value);
    let (runnable, mut handle) = spawn(
        std::future::poll_fn(move |_| {
            let _keep = &bomb;
            std::task::Poll::Ready(value.take())
        }),
        queue.clone(),
    );
    assert_eq!(runnable.run(), Outcome::Panicked);
    assert_eq!((bombs.get(), values.get()), (1, 1));
    assert!(now(&mut handle).map(drop).unwrap_err().is_panic());
    drop(handle);
    assert_eq!(queue.references(), 1);
}

#[test]
fn a_panic_in_the_futures_destructor_on_cancelling_reaches_the_joiner() {
    let (queue, bombs) = (Queue::new(), Counter::new());
    let bomb = Bomb::new(&bombs);
    let (runnable, mut handle) = spawn(
        async move {
            let _bomb = bomb;
            std::future::pending::<()>().await
        },
        queue.clone(),
    );
    runnable.run();
    handle.abort();
    assert_eq!(queue.pop().run(), Outcome::Cancelled);
    assert_eq!(bombs.get(), 1);
    assert!(now(&mut handle).unwrap_err().is_panic());
}

#[test]
fn a_panic_in_the_results_destructor_stays_in_a_detached_task() {
    let (queue, bombs) = (Queue::new(), Counter::new());
    let bomb = Bomb::new(&bombs);
    let (runnable, handle) = spawn(async move { bomb }, queue.clone());
    handle.detach();
    assert_eq!(runnable.run(), Outcome::Complete);
    assert_eq!(bombs.get(), 1);
    assert_eq!(queue.references(), 1);
}

#[test]
fn a_panic_in_the_results_destructor_is_the_handle_droppers_and_leaks_nothing() {
    let (queue, bombs) = (Queue::new(), Counter::new());
    let bomb = Bomb::new(&bombs);
    let (runnable, handle) = spawn(async move { bomb }, queue.clone());
    runnable.run();
    assert!(panic_message(|| drop(handle)).is_some());
    assert_eq!(bombs.get(), 1);
    assert_eq!(queue.references(), 1);
}

#[test]
fn a_panic_payload_whose_destructor_panics_is_contained() {
    let (queue, bombs) = (Queue::new(), Counter::new());
    let bomb = Bomb::new(&bombs);
    let (runnable, handle) = spawn(async { std::panic::panic_any(bomb) }, queue.clone());
    handle.detach();
    assert_eq!(runnable.run(), Outcome::Panicked);
    assert_eq!(bombs.get(), 1);
    assert_eq!(queue.references(), 1);
}

struct PanickingWaker(Counter);

impl Wake for PanickingWaker {
    fn wake(self: Arc<Self>) {
        self.0.add();
        panic!("a waker panics");
    }
}

#[test]
fn a_panic_in_the_join_waker_stays_out_of_run() {
    let (queue, wakes) = (Queue::new(), Counter::new());
    let waker = Waker::from(Arc::new(PanickingWaker(wakes.clone())));
    let (runnable, mut handle) = spawn(async { 1 }, queue.clone());
    assert!(poll(&mut handle, &waker).is_pending());
    assert_eq!(runnable.run(), Outcome::Complete);
    assert_eq!(wakes.get(), 1);
    assert_eq!(now(&mut handle).unwrap(), 1);
    drop(handle);
    assert_eq!(queue.references(), 1);
}

#[derive(Clone)]
struct PanickingScheduler(#[allow(dead_code)] Counter);

impl Schedule for PanickingScheduler {
    fn schedule(&self, _task: Runnable, _cause: Cause) {
        panic!("a scheduler panics");
    }
}

#[test]
fn a_panic_in_the_scheduler_cancels_the_task_and_goes_to_the_waker() {
    let drops = Counter::new();
    let guard = drops.on_drop();
    let (runnable, mut handle) = spawn(
        async move {
            let _guard = guard;
            std::future::pending::<()>().await
        },
        PanickingScheduler(Counter::new()),
    );
    let waker = runnable.waker();
    assert_eq!(runnable.run(), Outcome::Pending);
    assert!(panic_message(|| waker.wake()).is_some());
    assert_eq!(drops.get(), 1);
    assert!(now(&mut handle).unwrap_err().is_cancelled());
}

/// Panics when it is asked for its registry, at the so manieth time.
#[derive(Clone)]
struct PanickingRegistry(usize, Counter);

impl Schedule for PanickingRegistry {
    fn schedule(&self, _task: Runnable, _cause: Cause) {}

    fn registry(&self) -> Option<&plies_task::Registry> {
        self.1.add();
        assert!(self.1.get() < self.0, "a registry panics");
        None
    }
}

#[test]
fn a_panic_in_asking_for_the_registry_cancels_the_task_and_goes_to_its_runner() {
    for at in [1, 2] {
        let drops = Counter::new();
        let guard = drops.on_drop();
        let (runnable, mut handle) = spawn(
            async move {
                let _guard = guard;
                std::future::pending::<()>().await
            },
            PanickingRegistry(at, Counter::new()),
        );
        assert!(
            panic_message(|| {
                runnable.run();
            })
            .is_some()
        );
        assert_eq!(drops.get(), 1);
        assert!(now(&mut handle).unwrap_err().is_cancelled());
    }
}
