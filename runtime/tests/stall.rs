//! Polls that take too long, as a program is told of them: hook, observer, counters. Each task here
//! blocks until its own stall was told, so that a test that is not told hangs.

use std::sync::{Arc, Mutex, mpsc};

use plies::runtime::{Activity, Builder, Rescue, Runtime, Stall};
use plies::scheduler::Observer;
use plies::task;
use plies::time::Duration;

/// Runs the test on multi-threaded runtimes of 1 and 4 workers, set up alike.
fn on_each(configure: impl Fn(&mut Builder), test: impl Fn(&Runtime)) {
    for workers in [1, 4] {
        println!("{workers} workers");
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(workers);
        configure(&mut builder);
        test(&builder.build().unwrap());
    }
}

/// Passes on the stalls of tasks with a name: on a machine with other work, any poll may be late.
type Told = Mutex<Option<mpsc::Sender<Stall>>>;

fn tell(told: &Told, stall: &Stall) {
    if let (Some(_), Some(tell)) = (stall.name(), &*told.lock().unwrap()) {
        let _ = tell.send(stall.clone());
    }
}

/// [`on_each`], with a hook that passes the stalls on.
fn told_on_each(configure: impl Fn(&mut Builder), test: impl Fn(&Runtime, &Told)) {
    let told: Arc<Told> = Arc::default();
    on_each(
        |builder| {
            let hook = told.clone();
            builder.on_stall(move |stall| tell(&hook, stall));
            configure(builder);
        },
        |runtime| test(runtime, &told),
    );
}

/// Blocks a worker until a stall of the task `name` is told, and returns it with the task's id.
fn stall(runtime: &Runtime, told: &Told, name: &'static str) -> (task::Id, Stall) {
    let (tell, hear) = mpsc::channel();
    *told.lock().unwrap() = Some(tell);
    let block = async move {
        hear.iter()
            .find(|stall| stall.name() == Some(name))
            .unwrap()
    };
    let blocked = task::Builder::new()
        .name(name)
        .spawn_on(block, runtime.handle())
        .unwrap();
    let id = blocked.id();
    (id, runtime.block_on(blocked).unwrap())
}

#[test]
fn the_hook_is_told_of_the_task() {
    told_on_each(
        |_| (),
        |runtime, told| {
            let (id, stall) = stall(runtime, told, "resize");
            assert_eq!(stall.task(), Some(id.get()));
            assert!(stall.elapsed() >= Duration::from_millis(10));
            assert!(stall.location().unwrap().file().ends_with("stall.rs"));
            if cfg!(target_os = "linux") {
                assert_ne!(stall.activity(), Activity::Unknown);
            }
            let text = stall.to_string();
            assert!(text.contains("'resize' spawned at"), "{text}");
        },
    );
}

struct Watcher(Arc<Told>);

impl Observer for Watcher {
    fn stalled(&self, stall: &Stall) {
        tell(&self.0, stall);
    }
}

#[test]
fn the_observer_is_told_and_the_counters_count() {
    let told: Arc<Told> = Arc::default();
    let watcher = Arc::new(Watcher(told.clone()));
    on_each(
        |builder| {
            // However many of the blocked seem to compute when they are looked at.
            let rescue = Rescue::new().max_busy_spares(usize::MAX);
            builder.observer(watcher.clone()).rescue(rescue);
        },
        |runtime| {
            for polls in 1..=3 {
                stall(runtime, &told, "blocked");
                let rescue = runtime.metrics().rescue();
                // A spare that is about to leave is not replaced when it blocks.
                assert!(rescue.stalls >= polls && rescue.rescues >= 1, "{rescue:?}");
            }
            assert!(!runtime.metrics().spare_workers().is_empty());
        },
    );
}

#[test]
fn a_hook_that_panics_takes_nothing_along() {
    let told: Arc<Told> = Arc::default();
    let hook = told.clone();
    on_each(
        |builder| {
            let hook = hook.clone();
            builder.on_stall(move |stall| {
                tell(&hook, stall);
                // Without the panic hook, whose output is of no use here.
                std::panic::resume_unwind(Box::new("the hook's own fault"));
            });
        },
        |runtime| {
            stall(runtime, &told, "first");
            stall(runtime, &told, "second");
        },
    );
}

#[test]
fn the_threshold_is_what_was_set() {
    told_on_each(
        |builder| {
            builder.rescue(Rescue::new().threshold(Duration::from_millis(60)));
        },
        |runtime, told| {
            let (_, stall) = stall(runtime, told, "slow");
            assert!(stall.elapsed() >= Duration::from_millis(60));
        },
    );
}

#[test]
fn without_spares_stalls_are_told_and_nobody_takes_over() {
    told_on_each(
        |builder| {
            builder.rescue(Rescue::new().max_spares(0));
        },
        |runtime, told| {
            stall(runtime, told, "blocked");
            let rescue = runtime.metrics().rescue();
            assert!(rescue.stalls >= 1);
            assert_eq!((rescue.rescues, rescue.spare_workers), (0, 0));
        },
    );
}

#[test]
fn switched_off_it_neither_tells_nor_counts() {
    on_each(
        |builder| {
            builder
                .rescue(Rescue::off())
                .on_stall(|stall| panic!("told of {stall}"));
        },
        |runtime| {
            let blocked = runtime.spawn(async { std::thread::sleep(Duration::from_millis(30)) });
            runtime.block_on(blocked).unwrap();
            let rescue = runtime.metrics().rescue();
            assert_eq!((rescue.stalls, rescue.rescues, rescue.helps), (0, 0, 0));
        },
    );
}
