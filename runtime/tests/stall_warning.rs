//! The warning that `tracing` gets of a poll that takes too long. The subscriber is the process's,
//! so that this test has a process of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{self, Sender};

use plies::runtime::Builder;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

type Fields = BTreeMap<&'static str, String>;

/// Passes on the fields of each event of the target.
struct Warnings(Sender<Fields>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "plies::stall"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        assert_eq!(*event.metadata().level(), Level::WARN);
        let mut seen = Seen(Fields::new());
        event.record(&mut seen);
        let _ = self.0.send(seen.0);
        // A subscriber that fails is contained: the second stall below is told all the same.
        std::panic::resume_unwind(Box::new("the subscriber's own fault"));
    }
}

struct Seen(Fields);

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

#[test]
fn a_stall_is_a_warning_with_its_task() {
    let (tell, told) = mpsc::channel();
    tracing::subscriber::set_global_default(Warnings(tell)).unwrap();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    for name in ["resize", "compress"] {
        let (let_go, wait) = mpsc::channel::<()>();
        let blocked = plies::task::Builder::new()
            .name(name)
            .spawn_on(async move { wait.recv().is_err() }, runtime.handle())
            .unwrap();
        let quoted = format!("{name:?}");
        // On a machine with other work, other polls may be late too.
        let named = |fields: &Fields| fields.get("task.name") == Some(&quoted);
        let fields = told.iter().find(named).unwrap();
        assert_eq!(fields["task.id"], blocked.id().get().to_string());
        assert!(fields["spawn.location"].contains("stall_warning.rs"));
        assert!(fields["elapsed_ms"].parse::<f64>().unwrap() >= 10.0);
        assert!(fields["message"].contains(name), "{fields:?}");
        if cfg!(target_os = "linux") {
            assert!(["\"off-cpu\"", "\"on-cpu\""].contains(&&*fields["activity"]));
        }
        drop(let_go);
        assert!(runtime.block_on(blocked).unwrap());
    }
}
