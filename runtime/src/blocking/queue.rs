//! The queue of a crew: concurrent-queue's, or one that loom and shuttle can see into.

#[cfg(not(any(plies_loom, plies_shuttle)))]
mod imp {
    use concurrent_queue::{ConcurrentQueue, PushError};

    pub(crate) struct Queue<T>(ConcurrentQueue<T>);

    impl<T> Queue<T> {
        pub(crate) fn new() -> Self {
            Self(ConcurrentQueue::unbounded())
        }

        /// Appends `value`, or gives it back if the queue is closed.
        pub(crate) fn push(&self, value: T) -> Result<(), T> {
            self.0.push(value).map_err(PushError::into_inner)
        }

        pub(crate) fn pop(&self) -> Option<T> {
            self.0.pop().ok()
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }

        pub(crate) fn close(&self) {
            self.0.close();
        }

        pub(crate) fn is_closed(&self) -> bool {
            self.0.is_closed()
        }
    }
}

#[cfg(any(plies_loom, plies_shuttle))]
mod imp {
    use std::collections::VecDeque;

    use plies_shim::sync::Mutex;

    pub(crate) struct Queue<T>(Mutex<(VecDeque<T>, bool)>);

    impl<T> Queue<T> {
        pub(crate) fn new() -> Self {
            Self(Mutex::new((VecDeque::new(), false)))
        }

        pub(crate) fn push(&self, value: T) -> Result<(), T> {
            let mut queue = self.0.lock();
            if queue.1 {
                return Err(value);
            }
            queue.0.push_back(value);
            Ok(())
        }

        pub(crate) fn pop(&self) -> Option<T> {
            self.0.lock().0.pop_front()
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.lock().0.is_empty()
        }

        pub(crate) fn len(&self) -> usize {
            self.0.lock().0.len()
        }

        pub(crate) fn close(&self) {
            self.0.lock().1 = true;
        }

        pub(crate) fn is_closed(&self) -> bool {
            self.0.lock().1
        }
    }
}

pub(crate) use imp::Queue;
