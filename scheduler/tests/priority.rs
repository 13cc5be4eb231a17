//! Classes: the highest first, none starved.

mod util;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use plies_scheduler::{
    Attributes, CurrentThread, Handle, JoinHandle, Priority, Scheduler, TaskBuilder, block_on,
};
use util::{Gate, YieldNow, builder};

fn spawn(
    handle: &Handle,
    class: u8,
    future: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let attributes = Attributes::new().with_class(class);
    handle.spawn_with(TaskBuilder::new().attributes(attributes), future)
}

fn executor(priority: Priority) -> CurrentThread {
    CurrentThread::builder()
        .scheduler(priority)
        .build_current_thread()
}

/// The classes of the polls that one worker makes of `tasks` tasks of each class of three, each
/// polled `polls` times.
fn order(priority: Priority, tasks: usize, polls: usize) -> Vec<u8> {
    let executor = executor(priority);
    let order: Arc<Mutex<Vec<u8>>> = Arc::default();
    let mut joins = Vec::new();
    for class in [2, 1, 0] {
        for _ in 0..tasks {
            let order = order.clone();
            joins.push(spawn(executor.handle(), class, async move {
                for _ in 0..polls {
                    order.lock().unwrap().push(class);
                    YieldNow::default().await;
                }
            }));
        }
    }
    executor.block_on(async {
        for join in joins {
            join.await.unwrap();
        }
    });
    std::mem::take(&mut *order.lock().unwrap())
}

#[test]
fn higher_classes_come_first() {
    let order = order(Priority::new(3).ageing(1000), 5, 1);
    assert_eq!(order, [[0; 5], [1; 5], [2; 5]].concat());
}

#[test]
fn each_class_gets_its_share_while_it_has_tasks() {
    const AGEING: u32 = 10;
    let order = order(Priority::new(3).ageing(AGEING), 2, 500);
    let turn = AGEING as usize + 3;
    // While all three have tasks, every stretch of `ageing + N` polls has each of them.
    let all = order.iter().rposition(|class| *class == 0).unwrap();
    for stretch in order[..=all].windows(turn) {
        for class in 0..3 {
            assert!(
                stretch.contains(&class),
                "class {class} is not in {stretch:?}"
            );
        }
    }
    let low = order[..=all].iter().filter(|class| **class == 2).count();
    assert!(low < all / 8, "the lowest class got {low} of {all} polls");
}

/// For each class of an order of polls with `tasks` tasks a class: the 99th percentile of the polls
/// between two polls of one task. Within a class the tasks take turns.
fn tails(order: &[u8], tasks: usize) -> Vec<usize> {
    let wait = |class: u8| {
        let polls = order
            .iter()
            .enumerate()
            .filter(|(_, polled)| **polled == class);
        let polls: Vec<_> = polls.map(|(poll, _)| poll).collect();
        let mut waits: Vec<_> = polls
            .iter()
            .zip(&polls[tasks..])
            .map(|(before, after)| after - before)
            .collect();
        waits.sort();
        waits[waits.len() * 99 / 100]
    };
    (0..3).map(wait).collect()
}

#[test]
fn under_full_load_the_high_class_waits_a_tenth_of_the_low_one_which_gets_its_share() {
    const TASKS: usize = 20;
    let order = order(Priority::new(3), TASKS, 2000);
    // As long as tasks of the highest class are ready.
    let loaded = &order[..=order.iter().rposition(|class| *class == 0).unwrap()];
    let tails = tails(loaded, TASKS);
    assert!(
        tails[2] >= 10 * tails[0],
        "99th percentiles, in polls: {tails:?}"
    );
    let low = loaded.iter().filter(|class| **class == 2).count();
    assert!(
        low >= loaded.len() / (64 + 3),
        "{low} of {} polls",
        loaded.len()
    );
}

#[test]
fn what_is_past_the_lowest_class_counts_as_the_lowest() {
    let executor = executor(Priority::new(2));
    let task = spawn(executor.handle(), 200, async {});
    executor.block_on(task).unwrap();
}

#[test]
#[should_panic(expected = "0 priority classes: ask for 1 to 32")]
fn no_class_at_all_is_refused() {
    let _ = Priority::new(0);
}

/// One worker queues tasks of class `queued` and is stuck then; the other one has a task of class
/// `running` that is ready until all of those have been polled.
fn helps_a_stuck_worker(ageing: u32, queued: u8, running: u8) {
    const QUEUED: usize = 100;
    let pool = builder(2, Priority::new(2).ageing(ageing)).build().unwrap();
    let stuck = Gate::default();
    let polled = Arc::new(AtomicUsize::new(0));
    let filler = spawn(pool.handle(), 0, {
        let (stuck, polled) = (stuck.clone(), polled.clone());
        async move {
            for _ in 0..QUEUED {
                let polled = polled.clone();
                drop(spawn(&Handle::current(), queued, async move {
                    polled.fetch_add(1, Ordering::SeqCst);
                }));
            }
            stuck.block();
        }
    });
    let always_ready = spawn(pool.handle(), running, async move {
        while polled.load(Ordering::SeqCst) < QUEUED {
            YieldNow::default().await;
        }
    });
    block_on(always_ready).unwrap();
    stuck.open();
    block_on(filler).unwrap();
}

#[test]
fn a_worker_with_low_tasks_takes_high_ones_from_a_stuck_worker() {
    helps_a_stuck_worker(u32::MAX, 0, 1);
}

#[test]
fn a_worker_with_high_tasks_gives_the_low_ones_of_a_stuck_worker_their_share() {
    helps_a_stuck_worker(10, 1, 0);
}

#[test]
fn the_bound_grows_with_ageing_and_classes() {
    let bound = |classes, ageing| Priority::new(classes).ageing(ageing).bound(10).unwrap();
    assert_eq!(bound(3, 64), 11 * 68);
    assert!(bound(3, 64) > bound(3, 16) && bound(4, 64) > bound(3, 64));
}
