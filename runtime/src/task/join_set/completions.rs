//! Which tasks of a set have ended, in that order, and who waits for the next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Wake, Waker};

use plies_shim::sync::Mutex;

#[derive(Default)]
pub(super) struct Completions {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Keys of the set. One may be of a task that has left the set, or stand there twice.
    ended: VecDeque<usize>,
    waiting: Option<Waker>,
}

impl Completions {
    /// Notes that the task `key` has ended, and wakes whoever waits.
    pub(super) fn push(&self, key: usize) {
        let mut state = self.state.lock();
        state.ended.push_back(key);
        let waiting = state.waiting.take();
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    pub(super) fn pop(&self) -> Option<usize> {
        self.state.lock().ended.pop_front()
    }

    /// The next key; if there is none, `waker` is woken when there is.
    pub(super) fn pop_or_wait(&self, waker: &Waker) -> Option<usize> {
        let mut state = self.state.lock();
        let key = state.ended.pop_front();
        let mut before = None;
        if key.is_none() && !state.waiting.as_ref().is_some_and(|w| w.will_wake(waker)) {
            before = state.waiting.replace(waker.clone());
        }
        drop(state);
        // A waker's destructor may be anything, also one that comes back here.
        drop(before);
        key
    }

    pub(super) fn clear(&self) {
        self.state.lock().ended.clear();
    }

    /// A waker that notes the end of the task `key`.
    pub(super) fn waker(self: &Arc<Self>, key: usize) -> Waker {
        let completions = self.clone();
        Waker::from(Arc::new(Completion { key, completions }))
    }
}

struct Completion {
    key: usize,
    completions: Arc<Completions>,
}

impl Wake for Completion {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.completions.push(self.key);
    }
}
