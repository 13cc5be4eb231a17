//! The least executor that a reactor can be measured under: Plies' task cells, one list of those
//! that were woken, and a turn of the reactor when none was.

use std::future::Future;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use plies_reactor::Reactor;
use plies_task::{Builder, Cause, Outcome, Runnable, Schedule};

/// The tasks that were woken, of the one executor that runs at a time.
static WOKEN: Mutex<Vec<Runnable>> = Mutex::new(Vec::new());

#[derive(Clone)]
struct Woken;

impl Schedule for Woken {
    fn schedule(&self, task: Runnable, _cause: Cause) {
        WOKEN.lock().unwrap().push(task);
    }
}

/// Tasks of one thread.
#[derive(Default)]
pub struct Local {
    left: usize,
}

impl Local {
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        let (task, _) = Builder::new().spawn_local(future, Woken);
        task.schedule();
        self.left += 1;
    }

    /// Runs all tasks to their end, on `reactor`.
    pub fn run(mut self, reactor: &Reactor) -> io::Result<()> {
        let mut batch = Vec::new();
        while self.left > 0 {
            std::mem::swap(&mut batch, &mut WOKEN.lock().unwrap());
            for task in batch.drain(..) {
                self.left -= usize::from(task.run() == Outcome::Complete);
            }
            let idle = self.left > 0 && WOKEN.lock().unwrap().is_empty();
            reactor.turn(if idle { None } else { Some(Duration::ZERO) })?;
        }
        Ok(())
    }
}
