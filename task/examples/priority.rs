//! A scheduler that runs the most urgent task first: each carries its priority as metadata.

use plies_task::{Builder, Cause, JoinHandle, Runnable, Schedule};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// 0 is the most urgent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Priority(u8);

/// The ready tasks by priority, and within one in the order they became ready.
#[derive(Clone, Default)]
struct ByPriority(Arc<Mutex<Ready>>);

#[derive(Default)]
struct Ready {
    tasks: BTreeMap<(Priority, u64), Runnable<Priority>>,
    arrivals: u64,
}

impl Schedule<Priority> for ByPriority {
    fn schedule(&self, task: Runnable<Priority>, _cause: Cause) {
        let mut ready = self.0.lock().unwrap();
        ready.arrivals += 1;
        let place = (*task.metadata(), ready.arrivals);
        ready.tasks.insert(place, task);
    }
}

impl ByPriority {
    fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        priority: u8,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let builder = Builder::new().name(name).metadata(Priority(priority));
        let (task, handle) = builder.spawn(future, self.clone());
        task.schedule();
        handle
    }

    /// Takes the lock for the taking only: a task that runs may schedule others.
    fn pop(&self) -> Option<Runnable<Priority>> {
        Some(self.0.lock().unwrap().tasks.pop_first()?.1)
    }

    fn run(&self) {
        while let Some(task) = self.pop() {
            let Priority(priority) = task.metadata();
            println!("priority {priority}: {}", task.name().unwrap_or("unnamed"));
            task.run();
        }
    }
}

/// Lets other tasks run once.
async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx: &mut Context<'_>| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn main() {
    let scheduler = ByPriority::default();
    scheduler.spawn("compaction", 9, async {}).detach();
    scheduler
        .spawn("requests", 1, async {
            yield_now().await;
        })
        .detach();
    let health = scheduler.spawn("health check", 0, async { "well" });
    scheduler.run();

    let mut health = std::pin::pin!(health);
    let Poll::Ready(answer) = health
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    else {
        unreachable!("every task has run");
    };
    println!("the health check said: {}", answer.unwrap());
}
