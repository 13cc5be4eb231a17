//! What the guide "Coming from tokio" says about tokio and Plies side by side. Its program on Plies,
//! and its other examples, are documentation tests of the crate `plies`.

#[path = "../../../runtime/tests/util/mod.rs"]
mod util;

use plies::sync::{mpsc, oneshot};
use util::{spawn_on_each, workers};

const GUIDE: &str = include_str!("../../../runtime/COMING-FROM-TOKIO.md");

/// The program that the guide moves over.
mod before {
    include!("before.rs");

    pub fn run() -> std::io::Result<()> {
        main()
    }
}

#[test]
fn the_program_before_runs_on_tokio() {
    before::run().unwrap();
}

#[test]
fn the_guide_shows_the_program_before_and_with_the_path_changed() {
    let before = include_str!("before.rs");
    assert!(GUIDE.contains(&format!("```rust,ignore\n{before}```")));
    let after = before.replace("tokio", "plies");
    assert!(GUIDE.contains(&format!("```rust\n{after}```")));
}

#[test]
fn a_task_awaits_what_a_runtime_of_tokio_beside_it_runs() {
    let beside = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    spawn_on_each(|| {
        let handle = beside.handle().clone();
        async move {
            let task = handle.spawn(async {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                tokio::spawn(async { "from tokio" }).await.unwrap()
            });
            assert_eq!(task.await.unwrap(), "from tokio");
        }
    });
}

#[test]
fn blocking_methods_of_channels_block_instead_of_panicking() {
    for count in [1, 4] {
        let runtime = workers(count);
        let (sender, mut receiver) = mpsc::channel(1);
        let (begin, begun) = oneshot::channel();
        let receives = runtime.spawn(async move {
            begin.send(()).unwrap();
            receiver.blocking_recv()
        });
        // Another task is run meanwhile, by a spare worker if need be.
        let sends = runtime.spawn(async move {
            begun.await.unwrap();
            sender.send(7).await.unwrap();
        });
        runtime.block_on(sends).unwrap();
        assert_eq!(runtime.block_on(receives).unwrap(), Some(7));
    }
}
