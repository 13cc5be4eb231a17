//! The least executor that a reactor can be measured under: tasks of one thread, a list of those
//! that were woken, and a turn of the reactor when none was.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use plies_reactor::Reactor;

#[derive(Default)]
pub struct Local {
    /// None once it has ended.
    tasks: Vec<Option<Task>>,
    woken: Arc<Mutex<Vec<usize>>>,
}

type Task = (Pin<Box<dyn Future<Output = ()>>>, Waker);

struct Index {
    task: usize,
    woken: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Index {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.lock().unwrap().push(self.task);
    }
}

impl Local {
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        let index = Index {
            task: self.tasks.len(),
            woken: self.woken.clone(),
        };
        self.woken.lock().unwrap().push(index.task);
        self.tasks
            .push(Some((Box::pin(future), Waker::from(Arc::new(index)))));
    }

    /// Runs all tasks to their end, on `reactor`.
    pub fn run(mut self, reactor: &Reactor) -> io::Result<()> {
        let mut left = self.tasks.len();
        let mut batch = Vec::new();
        while left > 0 {
            std::mem::swap(&mut batch, &mut self.woken.lock().unwrap());
            for task in batch.drain(..) {
                let Some((future, waker)) = &mut self.tasks[task] else {
                    continue;
                };
                if let Poll::Ready(()) = future.as_mut().poll(&mut Context::from_waker(waker)) {
                    self.tasks[task] = None;
                    left -= 1;
                }
            }
            let idle = left > 0 && self.woken.lock().unwrap().is_empty();
            reactor.turn(if idle { None } else { Some(Duration::ZERO) })?;
        }
        Ok(())
    }
}
