//! The least executor that a reactor can be measured under: async-task's cells, one list of those
//! that were woken, and a turn of the reactor when none was.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;

use async_task::Runnable;
use futures::FutureExt;
use plies_reactor::Reactor;

/// The tasks that were woken, of the one executor that runs at a time.
static WOKEN: Mutex<Vec<Runnable>> = Mutex::new(Vec::new());

/// Tasks of one thread.
#[derive(Default)]
pub struct Local {
    left: Rc<Cell<usize>>,
}

impl Local {
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        let left = self.left.clone();
        left.set(left.get() + 1);
        let counted = future.map(move |()| left.set(left.get() - 1));
        let (runnable, task) =
            async_task::spawn_local(counted, |runnable| WOKEN.lock().unwrap().push(runnable));
        runnable.schedule();
        task.detach();
    }

    /// Runs all tasks to their end, on `reactor`.
    pub fn run(self, reactor: &Reactor) -> io::Result<()> {
        let mut batch = Vec::new();
        while self.left.get() > 0 {
            std::mem::swap(&mut batch, &mut WOKEN.lock().unwrap());
            for runnable in batch.drain(..) {
                runnable.run();
            }
            let idle = self.left.get() > 0 && WOKEN.lock().unwrap().is_empty();
            reactor.turn(if idle { None } else { Some(Duration::ZERO) })?;
        }
        Ok(())
    }
}
