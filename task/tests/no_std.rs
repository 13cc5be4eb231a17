//! What differs without the feature `std`: `cargo test -p plies-task --no-default-features`.
#![cfg(not(feature = "std"))]

mod util;

use plies_task::spawn;
use util::{Counter, Queue, now, panic_message, poll};

#[test]
fn a_panic_unwinds_out_of_run_after_ending_the_task() {
    let (queue, drops, wakes) = (Queue::new(), Counter::new(), Counter::new());
    let guard = drops.on_drop();
    let (runnable, mut handle) = spawn(
        async move {
            let _guard = guard;
            panic!("nobody catches this")
        },
        queue.clone(),
    );
    assert!(poll(&mut handle, &wakes.waker()).is_pending());
    let message = panic_message(|| {
        runnable.run();
    });
    assert_eq!(message.unwrap(), "nobody catches this");
    assert_eq!((drops.get(), wakes.get()), (1, 1));
    let error = now(&mut handle).map(|never: ()| never).unwrap_err();
    assert!(error.is_panic());
    assert!(
        error
            .to_string()
            .contains("unwound through `Runnable::run`"),
        "{error}"
    );
    drop(handle);
    assert_eq!(queue.references(), 1);
}

#[test]
fn a_panic_in_the_futures_destructor_does_not_drop_it_twice() {
    struct Bomb(Counter);
    impl Drop for Bomb {
        fn drop(&mut self) {
            self.0.add();
            panic!("a destructor panics");
        }
    }
    let (queue, drops) = (Queue::new(), Counter::new());
    let bomb = Bomb(drops.clone());
    let (runnable, mut handle) = spawn(
        std::future::poll_fn(move |_| {
            let _keep = &bomb;
            std::task::Poll::Ready(())
        }),
        queue.clone(),
    );
    assert!(
        panic_message(|| {
            runnable.run();
        })
        .is_some()
    );
    assert_eq!(drops.get(), 1);
    assert!(now(&mut handle).unwrap_err().is_panic());
    drop(handle);
    assert_eq!(queue.references(), 1);
}
