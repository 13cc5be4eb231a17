//! Awaiting many tasks as they end.

mod util;

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use plies::sync::oneshot;
use plies::task::JoinSet;
use util::{Drops, message, on_each, spawn_on_each};

#[test]
fn every_result_comes_once() {
    spawn_on_each(|| async {
        let mut set = JoinSet::new();
        for number in 0..1000_u64 {
            set.spawn(async move {
                if number % 3 == 0 {
                    plies::task::yield_now().await;
                }
                number
            });
        }
        let mut seen = vec![false; 1000];
        while let Some(number) = set.join_next().await {
            let number = usize::try_from(number.unwrap()).unwrap();
            assert!(!std::mem::replace(&mut seen[number], true));
        }
        assert!(seen.into_iter().all(|seen| seen));
        assert!(set.is_empty());
    });
}

#[test]
fn results_come_in_the_order_in_which_the_tasks_end() {
    spawn_on_each(|| async {
        let mut set = JoinSet::new();
        let mut gates = Vec::new();
        for number in 0..8 {
            let (open, gate) = oneshot::channel::<()>();
            gates.push(open);
            set.spawn(async move {
                gate.await.unwrap();
                number
            });
        }
        for (number, gate) in gates.into_iter().enumerate().rev() {
            gate.send(()).unwrap();
            assert_eq!(set.join_next().await.unwrap().unwrap(), number);
        }
        assert!(set.join_next().await.is_none());
    });
}

#[test]
fn an_empty_set_has_no_next() {
    spawn_on_each(|| async {
        let mut set = JoinSet::<()>::new();
        assert!(set.join_next().await.is_none());
        assert!(set.join_next_with_id().await.is_none());
        assert!(set.try_join_next().is_none());
        assert!(set.try_join_next_with_id().is_none());
    });
}

#[test]
fn results_name_their_task() {
    spawn_on_each(|| async {
        let mut set = JoinSet::new();
        let id = set.spawn(async { 7 }).id();
        assert_eq!(set.join_next_with_id().await.unwrap().unwrap(), (id, 7));
        let aborted = set.spawn(pending());
        aborted.abort();
        let error = set.join_next_with_id().await.unwrap().unwrap_err();
        assert!(error.is_cancelled());
        assert_eq!(error.id(), aborted.id());
    });
}

#[test]
fn a_dropped_wait_loses_no_result() {
    spawn_on_each(|| async {
        let mut set = JoinSet::new();
        let (open, gate) = oneshot::channel::<()>();
        set.spawn(async move {
            gate.await.unwrap();
            7
        });
        {
            let mut wait = Box::pin(set.join_next());
            let first = poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx))).await;
            assert!(first.is_pending());
        }
        open.send(()).unwrap();
        assert_eq!(set.join_next().await.unwrap().unwrap(), 7);
    });
}

#[test]
fn a_task_added_during_a_wait_wakes_the_waiter() {
    on_each(|runtime| {
        let _entered = runtime.enter();
        let mut set = JoinSet::new();
        let (_open, gate) = oneshot::channel::<()>();
        set.spawn(async move { gate.await.is_ok() });
        let mut added = false;
        let joined = runtime.block_on(poll_fn(|cx| match set.poll_join_next(cx) {
            Poll::Pending if !added => {
                // Nobody but this task's end wakes the waiter.
                added = true;
                set.spawn(async { true });
                Poll::Pending
            }
            poll => poll,
        }));
        assert!(joined.unwrap().unwrap());
    });
}

#[test]
fn trying_never_waits_and_finds_what_has_ended() {
    spawn_on_each(|| async {
        let mut set = JoinSet::new();
        let (open, gate) = oneshot::channel::<()>();
        set.spawn(async move { gate.await.is_ok() });
        assert!(set.try_join_next().is_none());
        open.send(()).unwrap();
        let ended = loop {
            match set.try_join_next() {
                Some(ended) => break ended,
                None => plies::task::yield_now().await,
            }
        };
        assert!(ended.unwrap());
        assert_eq!(set.len(), 0);
    });
}

#[test]
fn dropping_the_set_aborts_its_tasks() {
    spawn_on_each(|| async {
        let drops = Drops::default();
        let mut set = JoinSet::new();
        let handles: Vec<_> = (0..10)
            .map(|_| {
                let dropped = drops.witness();
                set.spawn(async move {
                    let _dropped = dropped;
                    pending::<()>().await
                })
            })
            .collect();
        plies::task::yield_now().await;
        drop(set);
        while !handles.iter().all(|handle| handle.is_finished()) {
            plies::task::yield_now().await;
        }
        assert_eq!(drops.count(), 10);
    });
}

#[test]
fn detached_tasks_run_on() {
    spawn_on_each(|| async {
        let (send, receive) = oneshot::channel();
        let mut set = JoinSet::new();
        set.spawn(async move {
            plies::task::yield_now().await;
            send.send("ran on").unwrap();
        });
        set.detach_all();
        assert!(set.is_empty());
        assert!(set.join_next().await.is_none());
        drop(set);
        assert_eq!(receive.await, Ok("ran on"));
    });
}

#[test]
fn a_set_is_reused_after_detaching() {
    spawn_on_each(|| async {
        let mut set = JoinSet::new();
        let (open, gate) = oneshot::channel::<()>();
        let detached = set.spawn(async move { u32::from(gate.await.is_err()) });
        set.detach_all();
        // Takes the place of the detached one, whose end must not be taken for its own.
        set.spawn(async { pending().await });
        open.send(()).unwrap();
        while !detached.is_finished() {
            plies::task::yield_now().await;
        }
        assert!(set.try_join_next().is_none());
        assert_eq!(set.len(), 1);
    });
}

#[test]
fn shutdown_waits_for_every_destructor() {
    spawn_on_each(|| async {
        let drops = Drops::default();
        let mut set = JoinSet::new();
        for _ in 0..10 {
            let dropped = drops.witness();
            set.spawn(async move {
                let _dropped = dropped;
                pending::<()>().await
            });
        }
        set.shutdown().await;
        assert_eq!(drops.count(), 10);
        assert!(set.is_empty());
    });
}

#[test]
fn join_all_returns_everything_or_the_panic() {
    on_each(|runtime| {
        let _entered = runtime.enter();
        let set: JoinSet<_> = (0..10).map(|number| async move { number }).collect();
        let mut numbers = runtime.block_on(set.join_all());
        numbers.sort_unstable();
        assert_eq!(numbers, (0..10).collect::<Vec<_>>());

        let mut set = JoinSet::new();
        set.spawn(async { panic!("of its own making") });
        set.spawn(pending::<()>());
        let joining = AssertUnwindSafe(|| runtime.block_on(set.join_all()));
        let panic = catch_unwind(joining).unwrap_err();
        assert_eq!(message(&*panic), "of its own making");
    });
}

#[test]
fn blocking_functions_join_too() {
    spawn_on_each(|| async {
        let mut set = JoinSet::new();
        for number in 0..20 {
            set.spawn_blocking(move || number);
        }
        assert_eq!(set.join_all().await.into_iter().sum::<u32>(), 190);
    });
}

#[test]
fn a_named_task_of_a_set_runs() {
    spawn_on_each(|| async {
        let handle = plies::runtime::Handle::current();
        let mut set = JoinSet::new();
        set.build_task().name("a").spawn(async { 1 }).unwrap();
        let second = set.build_task().name("b").class(3);
        second.spawn_on(async { 2 }, &handle).unwrap();
        set.build_task().spawn_blocking(|| 3).unwrap();
        assert_eq!(set.join_all().await.into_iter().sum::<u32>(), 6);
    });
}

#[test]
fn a_join_loop_lets_others_run() {
    on_each(|runtime| {
        let _entered = runtime.enter();
        let mut set: JoinSet<_> = (0..1000).map(|number| async move { number }).collect();
        let aborts: Vec<_> = (0..1).map(|_| set.spawn(async { 0 })).collect();
        runtime.block_on(async {
            while !aborts.iter().all(|abort| abort.is_finished()) {
                plies::task::yield_now().await;
            }
        });
        // A task has a budget, so one poll cannot take a thousand results.
        let polls = runtime.block_on(runtime.spawn(async move {
            let mut polls = 0;
            let mut taken = 0;
            poll_fn(|cx| {
                polls += 1;
                while let Poll::Ready(next) = set.poll_join_next(cx) {
                    match next {
                        Some(_) => taken += 1,
                        None => return Poll::Ready(()),
                    }
                }
                Poll::Pending
            })
            .await;
            assert_eq!(taken, 1001);
            polls
        }));
        assert!(polls.unwrap() > 1);
    });
}

#[test]
fn only_the_last_waiter_is_kept() {
    on_each(|runtime| {
        let _entered = runtime.enter();
        let mut set = JoinSet::new();
        let (open, gate) = oneshot::channel::<()>();
        set.spawn(async move { gate.await.is_ok() });
        let mut first = Context::from_waker(Waker::noop());
        assert!(set.poll_join_next(&mut first).is_pending());
        open.send(()).unwrap();
        assert!(runtime.block_on(set.join_next()).unwrap().unwrap());
    });
}

#[test]
fn all_tasks_are_aborted_and_told_as_such() {
    spawn_on_each(|| async {
        let mut set = JoinSet::new();
        let ids: Vec<_> = (0..10).map(|_| set.spawn(pending::<()>()).id()).collect();
        set.abort_all();
        assert_eq!(set.len(), ids.len(), "they stay until they are joined");
        let mut cancelled = Vec::new();
        while let Some(result) = poll_fn(|cx| set.poll_join_next_with_id(cx)).await {
            let error = result.unwrap_err();
            assert!(error.is_cancelled());
            cancelled.push(error.id());
        }
        cancelled.sort();
        assert_eq!(cancelled, ids);
    });
}

#[test]
fn a_blocking_job_of_another_runtime_is_awaited_in_the_set() {
    let other = util::workers(1);
    spawn_on_each(|| {
        let handle = other.handle().clone();
        async move {
            let expected = handle.id();
            let mut set = JoinSet::new();
            set.spawn_blocking_on(|| plies::runtime::Handle::current().id(), &handle);
            assert_eq!(set.join_next().await.unwrap().unwrap(), expected);
            let named = plies::task::Builder::new().name("named");
            let job = named.spawn_blocking_on(|| plies::runtime::Handle::current().id(), &handle);
            assert_eq!(job.unwrap().await.unwrap(), expected);
        }
    });
}
