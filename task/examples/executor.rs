//! A whole executor in under 40 lines: one thread, one queue.
use plies_task::{Cause, JoinHandle, Runnable, Schedule, spawn};
use std::sync::mpsc::{Receiver, Sender, channel};

#[derive(Clone)]
struct Executor(Sender<Runnable>);

impl Schedule for Executor {
    fn schedule(&self, task: Runnable, _cause: Cause) {
        // With its thread gone, the task comes back as an error, and dropping that cancels it.
        let _ = self.0.send(task);
    }
}

impl Executor {
    fn start() -> Self {
        let (sender, ready): (_, Receiver<Runnable>) = channel();
        std::thread::spawn(move || ready.iter().map(Runnable::run).count());
        Self(sender)
    }

    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (task, handle) = spawn(future, self.clone());
        task.schedule();
        handle
    }
}

fn main() {
    let (executor, (done, answer)) = (Executor::start(), channel());
    let six = executor.spawn(async { 6 });
    let seven = async move { done.send(six.await.unwrap() * 7) };
    executor.spawn(seven).detach();
    println!("{}", answer.recv().unwrap());
}
