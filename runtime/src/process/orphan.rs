//! Processes that nobody waits for any more, which are reaped all the same.

use std::process::Child;

use plies_shim::sync::Mutex;

use super::exit::exit;
use crate::runtime::Handle;

/// Those whose runtime has shut down.
static LEFT: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// Has a task of the runtime reap `child` when it ends.
pub(super) fn adopt(mut child: Child, runtime: &Handle) {
    sweep();
    if !has_ended(&mut child) {
        let mut orphan = Orphan(Some(child));
        // If the runtime has shut down, or does so while it waits, the orphan is dropped.
        drop(runtime.spawn(async move { orphan.reap().await }));
    }
}

/// Reaps those that have ended, of those that no runtime waits for.
pub(super) fn sweep() {
    LEFT.lock().retain_mut(|child| !has_ended(child));
}

/// An error says that there is nothing to wait for.
fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

/// A process that a task waits for; dropped before its end, it is left to [`sweep`].
struct Orphan(Option<Child>);

impl Orphan {
    async fn reap(&mut self) {
        if let Some(child) = &mut self.0
            && exit(child).await.is_ok()
        {
            self.0 = None;
        }
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take()
            && !has_ended(&mut child)
        {
            LEFT.lock().push(child);
        }
    }
}
