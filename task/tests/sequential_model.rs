//! Random sequences of operations on one task, against a model of what each must do.
#![cfg(feature = "std")]

mod util;

use plies_task::{AbortHandle, JoinError, JoinHandle, Outcome, spawn};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use util::{Counter, Queue, poll, wake_a_clone};

/// What the test does to the task.
#[derive(Debug, Clone, Copy)]
enum Op {
    Run(PollAction),
    DropRunnable,
    WakeByRef,
    WakeAClone,
    Wake,
    DropWaker,
    Abort,
    NewAbortHandle,
    DropAbortHandle,
    PollJoin,
    DropJoin,
}

/// What the future does in its next poll.
#[derive(Debug, Clone, Copy)]
enum PollAction {
    Pend,
    KeepWaker,
    WakeItself,
    AbortItself,
    Return,
    Panic,
}

fn op() -> impl Strategy<Value = Op> {
    use PollAction::*;
    prop_oneof![
        8 => prop_oneof![
            Just(Pend), Just(KeepWaker), Just(KeepWaker), Just(KeepWaker), Just(WakeItself),
            Just(AbortItself), Just(Return), Just(Panic)
        ].prop_map(Op::Run),
        1 => Just(Op::DropRunnable),
        3 => Just(Op::WakeByRef),
        2 => Just(Op::WakeAClone),
        4 => Just(Op::Wake),
        4 => Just(Op::DropWaker),
        1 => Just(Op::Abort),
        2 => Just(Op::NewAbortHandle),
        3 => Just(Op::DropAbortHandle),
        4 => Just(Op::PollJoin),
        1 => Just(Op::DropJoin),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Queued,
    Idle,
    Ended(End),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Returned,
    Panicked,
    Cancelled,
}

/// The task as it ought to be.
#[derive(Debug)]
struct Model {
    phase: Phase,
    cancelled: bool,
    wakers: usize,
    aborts: usize,
    joinable: bool,
    joiner_waits: bool,
    joiner_wakes: usize,
    scheduled: usize,
    polls: usize,
}

impl Model {
    fn new() -> Self {
        Self {
            phase: Phase::Queued,
            cancelled: false,
            wakers: 0,
            aborts: 0,
            joinable: true,
            joiner_waits: false,
            joiner_wakes: 0,
            scheduled: 1,
            polls: 0,
        }
    }

    fn is_reachable(&self) -> bool {
        self.wakers + self.aborts + usize::from(self.joinable) > 0
    }

    fn queue_if_idle(&mut self) {
        if self.phase == Phase::Idle {
            self.phase = Phase::Queued;
            self.scheduled += 1;
        }
    }

    fn cancel(&mut self) {
        if !matches!(self.phase, Phase::Ended(_)) {
            self.cancelled = true;
            self.queue_if_idle();
        }
    }

    fn lost_a_reference(&mut self) {
        if !self.is_reachable() && self.phase == Phase::Idle {
            self.cancel();
        }
    }

    fn end(&mut self, end: End) {
        self.phase = Phase::Ended(end);
        if std::mem::take(&mut self.joiner_waits) {
            self.joiner_wakes += 1;
        }
    }

    fn run(&mut self, action: PollAction) -> Outcome {
        if self.cancelled {
            self.end(End::Cancelled);
            return Outcome::Cancelled;
        }
        self.polls += 1;
        match action {
            PollAction::Return => {
                self.end(End::Returned);
                return Outcome::Complete;
            }
            PollAction::Panic => {
                self.end(End::Panicked);
                return Outcome::Panicked;
            }
            PollAction::KeepWaker => self.wakers += 1,
            PollAction::AbortItself if self.aborts > 0 => self.cancelled = true,
            _ => {}
        }
        if self.cancelled {
            self.end(End::Cancelled);
            Outcome::Cancelled
        } else if matches!(action, PollAction::WakeItself) {
            self.scheduled += 1;
            Outcome::Yielded
        } else if !self.is_reachable() {
            self.end(End::Cancelled);
            Outcome::Cancelled
        } else {
            self.phase = Phase::Idle;
            Outcome::Pending
        }
    }
}

/// What the future and the test share.
struct Shared {
    next: PollAction,
    wakers: Vec<Waker>,
    aborts: Vec<AbortHandle>,
    polls: usize,
}

/// The task as it is.
struct Real {
    queue: Queue,
    handle: Option<JoinHandle<u32>>,
    shared: Arc<Mutex<Shared>>,
    drops: Counter,
    joiner: Counter,
    joiner_waker: Waker,
}

impl Real {
    fn new() -> Self {
        let (queue, drops, joiner) = (Queue::new(), Counter::new(), Counter::new());
        let shared = Shared {
            next: PollAction::Pend,
            wakers: vec![],
            aborts: vec![],
            polls: 0,
        };
        let shared = Arc::new(Mutex::new(shared));
        let (of_future, dropped) = (shared.clone(), drops.on_drop());
        let (runnable, handle) = spawn(
            std::future::poll_fn(move |cx| {
                let _owned = &dropped;
                act(&of_future, cx.waker())
            }),
            queue.clone(),
        );
        runnable.schedule();
        let joiner_waker = joiner.waker();
        Self {
            queue,
            handle: Some(handle),
            shared,
            drops,
            joiner,
            joiner_waker,
        }
    }

    fn pop_waker(&self) -> Option<Waker> {
        self.shared.lock().unwrap().wakers.pop()
    }

    fn pop_abort(&self) -> Option<AbortHandle> {
        self.shared.lock().unwrap().aborts.pop()
    }
}

/// One poll of the future.
fn act(shared: &Mutex<Shared>, waker: &Waker) -> Poll<u32> {
    let mut shared = shared.lock().unwrap();
    shared.polls += 1;
    match shared.next {
        PollAction::Pend => {}
        PollAction::KeepWaker => shared.wakers.push(waker.clone()),
        PollAction::WakeItself => waker.wake_by_ref(),
        PollAction::AbortItself => {
            if let Some(abort) = shared.aborts.last() {
                abort.abort();
            }
        }
        PollAction::Return => return Poll::Ready(7),
        PollAction::Panic => {
            drop(shared);
            std::panic::resume_unwind(Box::new("as asked"));
        }
    }
    Poll::Pending
}

/// Does `op` to both, and compares what it returns.
fn apply(op: Op, real: &mut Real, model: &mut Model) {
    match op {
        Op::Run(action) if model.phase == Phase::Queued => {
            real.shared.lock().unwrap().next = action;
            assert_eq!(real.queue.pop().run(), model.run(action));
        }
        Op::DropRunnable if model.phase == Phase::Queued => {
            drop(real.queue.pop());
            model.end(End::Cancelled);
        }
        Op::WakeByRef if model.wakers > 0 => {
            real.shared.lock().unwrap().wakers[0].wake_by_ref();
            model.queue_if_idle();
        }
        Op::WakeAClone if model.wakers > 0 => {
            wake_a_clone(&real.shared.lock().unwrap().wakers[0]);
            model.queue_if_idle();
        }
        Op::Wake if model.wakers > 0 => {
            real.pop_waker().unwrap().wake();
            model.wakers -= 1;
            model.queue_if_idle();
        }
        Op::DropWaker if model.wakers > 0 => {
            drop(real.pop_waker());
            model.wakers -= 1;
            model.lost_a_reference();
        }
        Op::Abort if model.joinable => {
            real.handle.as_ref().unwrap().abort();
            model.cancel();
        }
        Op::NewAbortHandle if model.joinable => {
            let abort = real.handle.as_ref().unwrap().abort_handle();
            real.shared.lock().unwrap().aborts.push(abort);
            model.aborts += 1;
        }
        Op::DropAbortHandle if model.aborts > 0 => {
            drop(real.pop_abort());
            model.aborts -= 1;
            model.lost_a_reference();
        }
        Op::PollJoin if model.joinable => poll_join(real, model),
        Op::DropJoin if model.joinable => {
            real.handle = None;
            (model.joinable, model.joiner_waits) = (false, false);
            model.lost_a_reference();
        }
        _ => {}
    }
}

fn poll_join(real: &mut Real, model: &mut Model) {
    let result = poll(real.handle.as_mut().unwrap(), &real.joiner_waker);
    match model.phase {
        Phase::Ended(end) => {
            let Poll::Ready(result) = result else {
                panic!("the result is not there")
            };
            assert_eq!(how(result), end);
            real.handle = None;
            model.joinable = false;
        }
        _ => {
            assert!(result.is_pending());
            model.joiner_waits = true;
        }
    }
}

fn how(result: Result<u32, JoinError>) -> End {
    match result {
        Ok(7) => End::Returned,
        Ok(_) => panic!("another value"),
        Err(error) if error.is_panic() => End::Panicked,
        Err(_) => End::Cancelled,
    }
}

/// Compares all that can be seen from outside.
fn compare(real: &Real, model: &Model) {
    let ended = matches!(model.phase, Phase::Ended(_));
    assert_eq!(
        real.queue.len(),
        usize::from(model.phase == Phase::Queued),
        "queued"
    );
    assert_eq!(real.queue.scheduled(), model.scheduled, "scheduled");
    assert_eq!(real.drops.get(), usize::from(ended), "dropped");
    assert_eq!(real.joiner.get(), model.joiner_wakes, "joiner woken");
    assert_eq!(real.shared.lock().unwrap().polls, model.polls, "polls");
    if let Some(handle) = &real.handle {
        assert_eq!(handle.is_finished(), ended, "finished");
    }
    let is_held = !ended || model.is_reachable();
    assert_eq!(
        real.queue.references(),
        1 + usize::from(is_held),
        "the cell is freed"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_sequence_of_operations_does_what_the_model_says(
        ops in proptest::collection::vec(op(), 1..40),
    ) {
        let (mut real, mut model) = (Real::new(), Model::new());
        for op in ops {
            apply(op, &mut real, &mut model);
            compare(&real, &model);
        }
        while let Some(waker) = real.pop_waker() {
            drop(waker);
        }
        while let Some(abort) = real.pop_abort() {
            drop(abort);
        }
        real.handle = None;
        while let Some((runnable, _)) = real.queue.try_pop() {
            drop(runnable);
        }
        prop_assert_eq!(real.drops.get(), 1);
        prop_assert_eq!(real.queue.references(), 1);
    }
}
