//! Tasks that are not `Send`, woken from another thread.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::{Count, OnDrop, Shared, both_orders, together};
use plies_scheduler::LocalTasks;
use plies_shim::model::Model;

pub fn models() -> Vec<Model> {
    let mut all = Vec::new();
    all.extend(both_orders!(
        "local task woken against the end of a turn", wake_against_turn, floor 8, bound 3,
        [LocalPushTellsNobody, TurnEndTellsNobody], weak []
    ));
    all.extend(both_orders!(
        "local task woken against the closing", wake_against_close, floor 20, bound 3,
        [LocalCloseWaitsForNobody, LocalPushForgetsCloser], weak []
    ));
    all
}

/// Tells who drives that a turn is due.
#[derive(Clone, Default)]
struct Due(Shared<bool>);

impl Wake for Due {
    fn wake(self: Arc<Self>) {
        self.0.change(|due| *due = true);
    }
}

/// A set with one task, which has been polled and waits, and its waker.
fn waiting<F>(body: impl FnOnce(Shared<Option<Waker>>) -> F) -> (LocalTasks, Waker)
where
    F: Future<Output = ()> + 'static,
{
    let (tasks, theirs) = (LocalTasks::new(), Shared::<Option<Waker>>::default());
    tasks.spawn(None, body(theirs.clone()));
    tasks.begin_turn(Waker::noop()).run();
    let waker = theirs.wait(Option::take);
    (tasks, waker)
}

/// Runs turns until no task is left. Proved: a wake from another thread is answered by a turn, the
/// one that goes on or another one, and not forgotten between the two.
fn wake_against_turn<const SWAP: bool>() {
    let runs = Count::default();
    let counted = runs.clone();
    let (tasks, waker) = waiting(|theirs| {
        let mut waited = false;
        poll_fn(move |cx: &mut Context<'_>| {
            if std::mem::replace(&mut waited, true) {
                counted.add();
                return Poll::Ready(());
            }
            theirs.change(|theirs| *theirs = Some(cx.waker().clone()));
            Poll::Pending
        })
    });
    let due = Due::default();
    together::<SWAP>(
        move || {
            let own = Waker::from(Arc::new(due.clone()));
            loop {
                tasks.begin_turn(&own).run();
                if tasks.is_empty() {
                    break;
                }
                due.0.wait(|due| std::mem::take(due).then_some(()));
            }
            tasks.close();
        },
        move || waker.wake(),
    );
    assert_eq!(runs.get(), 1);
}

/// The set is closed while another thread wakes its task. Proved: the closing waits for the task
/// that is on its way into the queue, drops it once, on its own thread, and forgets nobody.
fn wake_against_close<const SWAP: bool>() {
    let drops = Count::default();
    let token: OnDrop = drops.on_drop();
    let (tasks, waker) = waiting(|theirs| async move {
        let _token = token;
        poll_fn(|cx| {
            theirs.change(|theirs| *theirs = Some(cx.waker().clone()));
            Poll::Ready(())
        })
        .await;
        pending::<()>().await;
    });
    let closed = drops.clone();
    together::<SWAP>(
        move || {
            tasks.close();
            assert_eq!(closed.get(), 1, "closed, and a task is left");
        },
        move || waker.wake(),
    );
    assert_eq!(drops.get(), 1);
}
