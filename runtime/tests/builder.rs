//! What the builder sets: the scheduler, the observer, hooks and intervals.

mod util;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::{TcpListener, TcpStream};
use plies::runtime::{Builder, Runtime};
use plies::scheduler::{
    Fifo, Observer, Origin, Outcome, Pinned, Priority, Seeded, TaskView, WorkStealing, WorkerId,
};
use plies::task;
use plies::time::{Duration, sleep};

/// Tasks, timers, sockets and blocking jobs, with a child of each.
async fn everything() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = plies::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut from, mut to) = stream.split();
        plies::io::copy(&mut from, &mut to).await.unwrap()
    });
    let client = plies::spawn(async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        for number in 0..20 {
            sleep(Duration::from_micros(100)).await;
            stream.write_u8(number).await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), number);
        }
    });
    let jobs: Vec<_> = (0..5)
        .map(|number| task::spawn_blocking(move || number))
        .collect();
    for (number, job) in jobs.into_iter().enumerate() {
        assert_eq!(job.await.unwrap(), number);
    }
    client.await.unwrap();
    assert_eq!(server.await.unwrap(), 20);
}

fn runtimes(builders: impl Fn(&mut Builder)) -> Vec<Runtime> {
    let mut builder = Builder::new_current_thread();
    builders(&mut builder);
    let mut runtimes = vec![builder.build().unwrap()];
    for workers in [1, 4] {
        let mut builder = Builder::new_multi_thread();
        builders(builder.worker_threads(workers));
        runtimes.push(builder.build().unwrap());
    }
    runtimes
}

#[test]
fn any_scheduler_runs_the_same_program() {
    type Configure = fn(&mut Builder);
    let schedulers: [(&str, Configure); 5] = [
        ("work stealing", |builder| {
            drop_ref(builder.scheduler(WorkStealing::new))
        }),
        ("fifo", |builder| drop_ref(builder.scheduler(Fifo::new))),
        ("priority", |builder| {
            drop_ref(builder.scheduler(|| Priority::new(3)))
        }),
        ("pinned", |builder| drop_ref(builder.scheduler(Pinned::new))),
        ("default, changed", |builder| {
            drop_ref(
                builder
                    .disable_lifo_slot()
                    .global_queue_interval(3)
                    .event_interval(5),
            );
        }),
    ];
    for (name, configure) in schedulers {
        for runtime in runtimes(configure) {
            println!("{name} on {:?}", runtime.handle());
            runtime.block_on(runtime.spawn(everything())).unwrap();
        }
    }
    let mut builder = Builder::new_current_thread();
    let seeded = builder.scheduler(|| Seeded::new(7)).build().unwrap();
    seeded.block_on(everything());
}

fn drop_ref(_: &mut Builder) {}

#[test]
fn a_builder_builds_any_number_of_runtimes() {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).scheduler(Fifo::new);
    let (first, second) = (builder.build().unwrap(), builder.build().unwrap());
    assert_ne!(first.handle().id(), second.handle().id());
    drop(first);
    second.block_on(second.spawn(everything())).unwrap();
}

#[test]
fn few_events_at_a_time_are_enough() {
    for runtime in runtimes(|builder| {
        builder
            .max_io_events_per_tick(2)
            .max_io_events_per_busy_tick(1);
    }) {
        runtime.block_on(runtime.spawn(everything())).unwrap();
    }
}

#[test]
fn a_setting_of_zero_is_the_caller_s_fault() {
    type Configure = fn(&mut Builder);
    let settings: [Configure; 6] = [
        |builder| drop_ref(builder.worker_threads(0)),
        |builder| drop_ref(builder.max_blocking_threads(0)),
        |builder| drop_ref(builder.event_interval(0)),
        |builder| drop_ref(builder.global_queue_interval(0)),
        |builder| drop_ref(builder.max_io_events_per_tick(0)),
        |builder| drop_ref(builder.max_io_events_per_busy_tick(0)),
    ];
    for configure in settings {
        let file = util::location_of_panic(|| configure(&mut Builder::new_multi_thread()));
        assert!(file.ends_with("tests/builder.rs"), "{file}");
    }
}

#[test]
fn a_name_without_a_letter_is_the_caller_s_fault() {
    for name in ["", "  "] {
        let file = util::location_of_panic(|| drop_ref(Builder::new_multi_thread().name(name)));
        assert!(file.ends_with("tests/builder.rs"), "{file}");
    }
}

/// Remembers what it was told of tasks with a name.
#[derive(Default)]
struct Story(Mutex<Vec<String>>);

impl Story {
    fn add(&self, event: String) {
        self.0.lock().unwrap().push(event);
    }
}

impl Observer for Story {
    fn spawned(&self, task: &TaskView<'_>, _: Origin) {
        if let Some(name) = task.name() {
            self.add(format!(
                "{name} spawned, class {}",
                task.attributes().class()
            ));
            assert!(task.location().file().ends_with("builder.rs"));
        }
    }

    fn poll_started(&self, _: WorkerId, task: &TaskView<'_>) {
        if let Some(name) = task.name() {
            self.add(format!("{name} polled"));
        }
    }

    fn poll_ended(&self, _: WorkerId, _: task::Id, outcome: Outcome, _: std::time::Duration) {
        self.add(format!("{outcome:?}"));
    }
}

#[test]
fn an_observer_is_told_the_life_of_a_task() {
    let story = Arc::new(Story::default());
    let runtime = Builder::new_current_thread()
        .observer(story.clone())
        .build()
        .unwrap();
    runtime.block_on(async {
        let audit = task::Builder::new().name("audit").class(2);
        audit.spawn(task::yield_now()).unwrap().await.unwrap();
    });
    runtime.handle().observe(None);
    runtime.block_on(async {
        task::Builder::new()
            .name("unseen")
            .spawn(async {})
            .unwrap()
            .await
            .unwrap()
    });
    let story = story.0.lock().unwrap().join(", ");
    assert_eq!(
        story,
        "audit spawned, class 2, audit polled, Yielded, audit polled, Complete"
    );
}

#[test]
fn workers_call_their_hooks_around_each_sleep() {
    let (parks, unparks) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for runtime in runtimes(|builder| {
        let (parks, unparks) = (parks.clone(), unparks.clone());
        builder.on_thread_park(move || {
            parks.fetch_add(1, Ordering::SeqCst);
        });
        builder.on_thread_unpark(move || {
            unparks.fetch_add(1, Ordering::SeqCst);
        });
    }) {
        runtime.block_on(runtime.spawn(sleep_a_little())).unwrap();
    }
    // Every worker has ended, so every sleep has.
    assert!(parks.load(Ordering::SeqCst) >= 3);
    assert_eq!(parks.load(Ordering::SeqCst), unparks.load(Ordering::SeqCst));
}

async fn sleep_a_little() {
    sleep(Duration::from_millis(2)).await;
}

#[test]
fn polls_are_timed_when_asked_for() {
    let runtime = util::workers(1);
    let metrics = runtime.metrics();
    runtime.block_on(runtime.spawn(async {})).unwrap();
    assert_eq!(metrics.poll_times().count(), 0);
    metrics.time_polls(true);
    runtime.block_on(runtime.spawn(task::yield_now())).unwrap();
    // The joiner is told during the second poll, which is counted when it is over.
    while metrics.poll_times().count() < 2 {
        std::thread::yield_now();
    }
}

#[test]
fn a_function_names_the_threads_and_what_is_always_enabled_may_be_asked_for() {
    let count = Arc::new(AtomicUsize::new(0));
    let runtime = Builder::new_multi_thread()
        .enable_io()
        .enable_time()
        .worker_threads(2)
        .thread_name_fn(move || format!("mine-{}", count.fetch_add(1, Ordering::Relaxed)))
        .build()
        .unwrap();
    let name = || std::thread::current().name().unwrap().to_owned();
    let worker = runtime
        .block_on(runtime.spawn(async move { name() }))
        .unwrap();
    let blocking = runtime.block_on(runtime.spawn_blocking(name)).unwrap();
    assert!(worker.starts_with("mine-") && blocking.starts_with("mine-"));
    assert_ne!(worker, blocking);
}

#[test]
fn workers_without_work_are_counted_as_asleep() {
    let runtime = util::workers(3);
    runtime.block_on(runtime.spawn(async {})).unwrap();
    // Each gets there in its own time; a worker that does not would hang this.
    while runtime.metrics().sleeping_workers() < 3 {
        std::thread::yield_now();
    }
}
