//! Timers.

use std::pin::pin;

use plies::io::AsyncReadExt;
use plies::time::{Duration, Instant, interval_at, sleep, timeout};

use super::streams::tcp_pair;
use crate::ROUNDS;
use crate::cut::{at_each_cut, forgets_at_once, in_every_wait};
use crate::util::{Drops, spawn_on_each};

const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn sleeping() {
    at_each_cut(|cut| async move {
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let mut nap = pin!(sleep(SHORT));
            let early = cut.drop_midway(nap.as_mut(), sleep(SHORT)).await;
            assert!(early.is_none() || start.elapsed() >= SHORT);
            nap.await;
            assert!(start.elapsed() >= SHORT);
            let _ = cut.drop_midway(sleep(SHORT), async {}).await;
        }
    });
}

#[test]
fn a_dropped_timer_is_taken_out_of_the_reactor() {
    spawn_on_each(|| async {
        for _ in 0..ROUNDS {
            forgets_at_once(sleep(LONG)).await;
            forgets_at_once(timeout(LONG, std::future::pending::<()>())).await;
            let mut ticks = interval_at(Instant::now() + LONG, LONG);
            forgets_at_once(async move { ticks.tick().await }).await;
        }
    });
}

#[test]
fn ticks() {
    at_each_cut(|cut| async move {
        let start = Instant::now() + SHORT;
        let mut ticks = interval_at(start, SHORT);
        for round in 0..u32::from(ROUNDS) {
            let due = match cut.drop_midway(ticks.tick(), async {}).await {
                Some(due) => due,
                None => ticks.tick().await,
            };
            assert_eq!(
                due,
                start + SHORT * round,
                "no tick is lost, none comes twice"
            );
        }
    });
}

#[test]
fn what_a_time_out_cuts_loses_nothing() {
    spawn_on_each(|| async {
        let (mut client, mut server) = tcp_pair().await;
        for round in 0..ROUNDS {
            // Now and then the byte arrives at the very moment of the time-out.
            let sender = plies::spawn({
                let byte = [round];
                async move {
                    sleep(SHORT).await;
                    client.try_write(&byte).unwrap();
                    client
                }
            });
            let byte = loop {
                if let Ok(byte) = timeout(SHORT / 4, server.read_u8()).await {
                    break byte.unwrap();
                }
            };
            assert_eq!(byte, round);
            client = sender.await.unwrap();
        }
    });
}

#[test]
fn a_dropped_time_out_drops_what_it_waits_for() {
    spawn_on_each(|| async {
        let drops = Drops::default();
        let begin = || {
            let witness = drops.witness();
            timeout(LONG, async move {
                let _witness = witness;
                for _ in 0..5 {
                    sleep(SHORT).await;
                }
            })
        };
        let (ended, waits) = in_every_wait(begin).await;
        ended.unwrap();
        // A nap may be over at the first look at it.
        assert!((1..=5).contains(&waits), "{waits} waits");
        assert_eq!(drops.count(), waits + 1);
    });
}
