//! Joining tasks and blocking jobs.

use std::sync::mpsc;

use plies::sync::oneshot;
use plies::task::{JoinSet, spawn_blocking, yield_now};

use crate::ROUNDS;
use crate::cut::{at_each_cut, forgets_at_once};
use crate::util::Drops;

#[test]
fn joining_a_task() {
    at_each_cut(|cut| async move {
        for round in 0..ROUNDS {
            let (open, gate) = oneshot::channel::<()>();
            let mut task = plies::spawn(async move {
                gate.await.unwrap();
                round
            });
            let ends = async { open.send(()).unwrap() };
            assert!(cut.drop_midway(&mut task, ends).await.is_none());
            assert_eq!(task.await.unwrap(), round);
        }
    });
}

#[test]
fn joining_a_task_by_value_detaches_it() {
    at_each_cut(|cut| async move {
        let drops = Drops::default();
        for _ in 0..ROUNDS {
            let (open, gate) = oneshot::channel::<()>();
            let (done, finished) = oneshot::channel();
            let witness = drops.witness();
            let task = plies::spawn(async move {
                gate.await.unwrap();
                done.send(()).unwrap();
                witness
            });
            // It goes on without its handle, and what it returns is dropped.
            let ends = async { open.send(()).unwrap() };
            drop(cut.drop_midway(task, ends).await);
            finished.await.unwrap();
        }
        while drops.count() < usize::from(ROUNDS) {
            yield_now().await;
        }
    });
}

#[test]
fn joining_a_blocking_job() {
    at_each_cut(|cut| async move {
        for round in 0..ROUNDS {
            let (open, gate) = mpsc::channel::<()>();
            let mut job = spawn_blocking(move || {
                gate.recv().unwrap();
                round
            });
            let ends = async { open.send(()).unwrap() };
            assert!(cut.drop_midway(&mut job, ends).await.is_none());
            assert_eq!(job.await.unwrap(), round);
        }
    });
}

#[test]
fn joining_a_set_of_tasks() {
    at_each_cut(|cut| async move {
        let mut set = JoinSet::new();
        for round in 0..ROUNDS {
            let (open, gate) = oneshot::channel::<()>();
            set.spawn(async move {
                gate.await.unwrap();
                round
            });
            let ends = async { open.send(()).unwrap() };
            assert!(cut.drop_midway(set.join_next(), ends).await.is_none());
            assert_eq!(set.join_next().await.unwrap().unwrap(), round);
        }
        assert!(set.is_empty());
    });
}

#[test]
fn a_handle_that_goes_takes_its_waker_along() {
    crate::util::spawn_on_each(|| async {
        for _ in 0..ROUNDS {
            let (_open, gate) = oneshot::channel::<()>();
            forgets_at_once(plies::spawn(gate)).await;
        }
    });
}

#[test]
fn a_detached_task_that_nothing_can_wake_is_dropped() {
    crate::util::spawn_on_each(|| async {
        let drops = Drops::default();
        let witness = drops.witness();
        let task = plies::spawn(async move {
            let _witness = witness;
            std::future::pending::<()>().await;
        });
        for _ in 0..10 {
            yield_now().await;
        }
        assert_eq!(drops.count(), 0, "its handle keeps it");
        drop(task);
        while drops.count() == 0 {
            yield_now().await;
        }
    });
}
