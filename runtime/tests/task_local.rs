//! Values that belong to a task.

mod util;

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use plies::task::yield_now;
use util::{message, on_each, spawn_on_each};

plies::task_local! {
    static NUMBER: u32;
    /// A second one, without a semicolon behind it.
    pub static TEXT: Cell<&'static str>
}

#[test]
fn each_task_has_its_own_value_on_any_worker() {
    spawn_on_each(|| async {
        let tasks: Vec<_> = (0..64)
            .map(|number| {
                plies::spawn(NUMBER.scope(number, async move {
                    for _ in 0..20 {
                        assert_eq!(NUMBER.get(), number);
                        yield_now().await;
                    }
                }))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(NUMBER.try_get().is_err());
    });
}

#[test]
fn a_spawned_task_does_not_inherit() {
    spawn_on_each(|| {
        NUMBER.scope(1, async {
            let child = plies::spawn(async { NUMBER.try_get().is_err() });
            assert!(child.await.unwrap());
            assert_eq!(NUMBER.get(), 1);
        })
    });
}

#[test]
fn scopes_nest() {
    spawn_on_each(|| {
        NUMBER.scope(1, async {
            NUMBER
                .scope(2, async {
                    yield_now().await;
                    assert_eq!(NUMBER.get(), 2);
                    NUMBER.sync_scope(3, || assert_eq!(NUMBER.get(), 3));
                    assert_eq!(NUMBER.get(), 2);
                })
                .await;
            assert_eq!(NUMBER.get(), 1);
        })
    });
}

#[test]
fn two_keys_do_not_mix() {
    spawn_on_each(|| {
        TEXT.scope(Cell::new("one"), async {
            NUMBER.scope(1, async { TEXT.with(|t| t.set("two")) }).await;
            assert_eq!(TEXT.with(Cell::get), "two");
        })
    });
}

/// Tells, when it is dropped, which value it sees then.
struct SeesAtDrop(std::sync::mpsc::Sender<Option<u32>>);

impl Drop for SeesAtDrop {
    fn drop(&mut self) {
        self.0.send(NUMBER.try_get().ok()).unwrap();
    }
}

#[test]
fn a_future_dropped_half_way_sees_its_value() {
    on_each(|runtime| {
        let (send, receive) = std::sync::mpsc::channel();
        let seen = SeesAtDrop(send);
        let task = runtime.spawn(NUMBER.scope(5, async move {
            let _seen = seen;
            pending::<()>().await
        }));
        runtime.block_on(runtime.spawn(yield_now())).unwrap();
        task.abort();
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        assert_eq!(receive.recv().unwrap(), Some(5));
    });
}

#[test]
fn a_future_that_ends_is_dropped_with_its_value() {
    on_each(|runtime| {
        let (send, receive) = std::sync::mpsc::channel();
        let seen = SeesAtDrop(send);
        runtime.block_on(NUMBER.scope(6, async move {
            let _seen = &seen;
            yield_now().await;
        }));
        assert_eq!(receive.recv().unwrap(), Some(6));
    });
}

#[test]
fn a_panic_takes_the_value_back() {
    let panicking = AssertUnwindSafe(|| NUMBER.sync_scope(1, || panic!("of its own making")));
    let panic = catch_unwind(panicking).unwrap_err();
    assert_eq!(message(&*panic), "of its own making");
    assert!(NUMBER.try_get().is_err());
}

#[test]
fn the_value_can_be_taken_back() {
    on_each(|runtime| {
        let mut scope = Box::pin(NUMBER.scope(9, async {}));
        runtime.block_on(scope.as_mut());
        assert_eq!(scope.as_mut().take_value(), Some(9));
        assert_eq!(scope.as_mut().take_value(), None);
    });
}

#[test]
fn misuse_says_what_to_do() {
    let missing = catch_unwind(|| NUMBER.get()).unwrap_err();
    assert!(message(&*missing).contains("inside of `LocalKey::scope`"));

    let inside = AssertUnwindSafe(|| {
        NUMBER.sync_scope(1, || NUMBER.with(|_| NUMBER.sync_scope(2, || {})));
    });
    let inside = catch_unwind(inside).unwrap_err();
    assert!(message(&*inside).contains("return from `with` first"));
    assert!(NUMBER.try_get().is_err());
}

#[test]
fn a_scope_polled_after_its_end_panics() {
    on_each(|runtime| {
        let mut scope = Box::pin(NUMBER.scope(1, async {}));
        runtime.block_on(scope.as_mut());
        let again = AssertUnwindSafe(|| {
            runtime.block_on(poll_fn(|cx| {
                Poll::Ready(scope.as_mut().poll(cx).is_ready())
            }))
        });
        let panic = catch_unwind(again).unwrap_err();
        assert!(message(&*panic).contains("after it was ready"));
    });
}

#[test]
fn a_value_that_is_not_there_is_an_error() {
    spawn_on_each(|| async {
        assert!(NUMBER.try_with(|_| ()).is_err());
        let doubled = NUMBER.scope(3, async { NUMBER.try_with(|number| number * 2).unwrap() });
        assert_eq!(doubled.await, 6);
        assert!(NUMBER.try_with(|_| ()).is_err());
    });
}
