//! The workloads on tokio's current-thread runtime, its scheduler included.

use super::cells::{Stored, forever_storing, yielding};
use std::task::Poll;
use tokio::runtime::Builder;
use tokio::task::yield_now;

fn block_on(future: impl Future<Output = ()>) {
    Builder::new_current_thread()
        .build()
        .expect("a runtime can be built")
        .block_on(future);
}

pub fn spawn_join(times: u64) {
    block_on(async {
        for n in 0..times {
            assert_eq!(tokio::spawn(async move { n }).await.unwrap(), n);
        }
    });
}

/// With a yield of the spawner for each task, which lets it run.
pub fn spawn_detached(times: u64) {
    block_on(async {
        for n in 0..times {
            drop(tokio::spawn(async move { n }));
            yield_now().await;
        }
    });
}

pub fn spawn_cancel_join(times: u64) {
    block_on(async {
        for n in 0..times {
            let handle = tokio::spawn(async move { n });
            handle.abort();
            assert!(handle.await.unwrap_err().is_cancelled());
        }
    });
}

/// With a yield of the waker for each wake.
pub fn wake_by_ref(times: u64) {
    block_on(async {
        let stored = Stored::default();
        let task = stored.clone();
        // Stores its waker in its first poll only.
        tokio::spawn(async move {
            std::future::poll_fn(|cx| {
                task.put(cx.waker().clone());
                Poll::Ready(())
            })
            .await;
            std::future::pending::<()>().await
        });
        yield_now().await;
        let waker = stored.take();
        for _ in 0..times {
            waker.wake_by_ref();
            yield_now().await;
        }
    });
}

/// With a yield of the waker for each wake.
pub fn wake_stored(times: u64) {
    block_on(async {
        let stored = Stored::default();
        tokio::spawn(forever_storing(stored.clone()));
        yield_now().await;
        for _ in 0..times {
            stored.take().wake();
            yield_now().await;
        }
    });
}

pub fn yields(times: u64) {
    block_on(async {
        let mut left = times;
        let mut forever = Box::pin(yielding());
        let some = std::future::poll_fn(move |cx| {
            left -= 1;
            match left {
                0 => Poll::Ready(()),
                _ => forever.as_mut().poll(cx),
            }
        });
        tokio::spawn(some).await.unwrap();
    });
}
