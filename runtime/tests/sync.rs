//! tokio's channels and locks, as they are re-exported, between tasks of every runtime.

mod util;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plies::sync::{
    Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, SetOnce, broadcast, mpsc, oneshot, watch,
};
use plies::task::{JoinSet, yield_now};
use util::spawn_on_each;

const TASKS: usize = 20;
const ROUNDS: usize = 50;

/// Awaits every task of a set, and adds up what they return.
async fn total(mut tasks: JoinSet<usize>) -> usize {
    let mut sum = 0;
    while let Some(count) = tasks.join_next().await {
        sum += count.unwrap();
    }
    sum
}

#[test]
fn a_bounded_channel_carries_every_message_once() {
    spawn_on_each(|| async {
        let (sender, mut receiver) = mpsc::channel(3);
        let senders: JoinSet<usize> = (0..TASKS)
            .map(|task| {
                let sender = sender.clone();
                async move {
                    for round in 0..ROUNDS {
                        sender.send(task * ROUNDS + round).await.unwrap();
                    }
                    ROUNDS
                }
            })
            .collect();
        drop(sender);
        let mut seen = [false; TASKS * ROUNDS];
        while let Some(number) = receiver.recv().await {
            assert!(!std::mem::replace(&mut seen[number], true));
        }
        assert!(seen.iter().all(|seen| *seen));
        assert_eq!(total(senders).await, TASKS * ROUNDS);
    });
}

#[test]
fn every_subscriber_hears_every_broadcast() {
    spawn_on_each(|| async {
        let (sender, _) = broadcast::channel(ROUNDS);
        let listeners: JoinSet<usize> = (0..TASKS)
            .map(|_| {
                let mut receiver = sender.subscribe();
                async move {
                    let mut heard = 0;
                    while let Ok(number) = receiver.recv().await {
                        assert_eq!(number, heard);
                        heard += 1;
                    }
                    heard
                }
            })
            .collect();
        for number in 0..ROUNDS {
            sender.send(number).unwrap();
            yield_now().await;
        }
        drop(sender);
        assert_eq!(total(listeners).await, TASKS * ROUNDS);
    });
}

#[test]
fn watchers_see_the_last_value_and_an_answer_finds_its_asker() {
    spawn_on_each(|| async {
        let (sender, receiver) = watch::channel(0);
        let watchers: JoinSet<usize> = (0..TASKS)
            .map(|_| {
                let mut receiver = receiver.clone();
                async move { *receiver.wait_for(|value| *value == ROUNDS).await.unwrap() }
            })
            .collect();
        for value in 1..=ROUNDS {
            sender.send(value).unwrap();
            yield_now().await;
        }
        assert_eq!(total(watchers).await, TASKS * ROUNDS);

        let (answer, asked) = oneshot::channel();
        let task = plies::spawn(async move { asked.await.unwrap() });
        answer.send("answer").unwrap();
        assert_eq!(task.await.unwrap(), "answer");
    });
}

#[test]
fn locks_admit_one_writer_or_many_readers() {
    spawn_on_each(|| async {
        let counted = Arc::new((Mutex::new(0), RwLock::new(0)));
        let tasks: JoinSet<usize> = (0..TASKS)
            .map(|_| {
                let counted = counted.clone();
                async move {
                    for _ in 0..ROUNDS {
                        let mut count = counted.0.lock().await;
                        let before = *count;
                        yield_now().await;
                        *count = before + 1;
                        drop(count);

                        let before = *counted.1.read().await;
                        let mut count = counted.1.write().await;
                        assert!(*count >= before);
                        let before = *count;
                        yield_now().await;
                        *count = before + 1;
                    }
                    ROUNDS
                }
            })
            .collect();
        let all = total(tasks).await;
        assert_eq!(*counted.0.lock().await, all);
        assert_eq!(*counted.1.read().await, all);
    });
}

#[test]
fn a_semaphore_admits_as_many_as_it_has_permits() {
    const PERMITS: usize = 3;
    spawn_on_each(|| async {
        let semaphore = Arc::new(Semaphore::new(PERMITS));
        let inside = Arc::new(AtomicUsize::new(0));
        let tasks: JoinSet<usize> = (0..TASKS)
            .map(|_| {
                let (semaphore, inside) = (semaphore.clone(), inside.clone());
                async move {
                    for _ in 0..ROUNDS {
                        let _permit = semaphore.acquire().await.unwrap();
                        assert!(inside.fetch_add(1, Ordering::SeqCst) < PERMITS);
                        yield_now().await;
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                    ROUNDS
                }
            })
            .collect();
        assert_eq!(total(tasks).await, TASKS * ROUNDS);
        assert_eq!(semaphore.available_permits(), PERMITS);
    });
}

#[test]
fn tasks_meet_at_a_barrier_and_are_notified() {
    spawn_on_each(|| async {
        let meeting = Arc::new((Barrier::new(TASKS), Notify::new()));
        let leaders: JoinSet<usize> = (0..TASKS)
            .map(|_| {
                let meeting = meeting.clone();
                async move {
                    let mut led = 0;
                    for _ in 0..ROUNDS {
                        let leader = meeting.0.wait().await.is_leader();
                        led += usize::from(leader);
                    }
                    meeting.1.notify_one();
                    led
                }
            })
            .collect();
        meeting.1.notified().await;
        assert_eq!(total(leaders).await, ROUNDS, "one leader each time");
    });
}

#[test]
fn a_cell_is_initialised_once() {
    spawn_on_each(|| async {
        let cell = Arc::new(OnceCell::new());
        let set = Arc::new(SetOnce::new());
        let made = Arc::new(AtomicUsize::new(0));
        let tasks: JoinSet<usize> = (0..TASKS)
            .map(|_| {
                let (cell, set, made) = (cell.clone(), set.clone(), made.clone());
                async move {
                    let make = || async {
                        yield_now().await;
                        made.fetch_add(1, Ordering::SeqCst) + 1
                    };
                    assert_eq!(*cell.get_or_init(make).await, 1);
                    *set.wait().await
                }
            })
            .collect();
        set.set(1).unwrap();
        assert!(set.set(2).is_err());
        assert_eq!(total(tasks).await, TASKS);
    });
}
