//! The queues under the policies: crossbeam's and concurrent-queue's, or in a model-checking build
//! plain ones with the same contract whose every step the checker sees.
//!
//! The plain ones promise less than the real ones where it matters: whether a queue is empty is
//! told by a relaxed load, so that a protocol that lacks its own fence fails.

#[cfg(not(any(plies_loom, plies_shuttle)))]
pub(crate) use concurrent_queue::ConcurrentQueue;
#[cfg(not(any(plies_loom, plies_shuttle)))]
pub(crate) use crossbeam_deque::{Injector, Steal, Stealer, Worker as Deque};

#[cfg(any(plies_loom, plies_shuttle))]
pub(crate) use modelled::{ConcurrentQueue, Deque, Injector, Steal, Stealer};

#[cfg(any(plies_loom, plies_shuttle))]
mod modelled {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use plies_shim::sync::Mutex;
    use plies_shim::sync::atomic::{AtomicUsize, Ordering};

    pub(crate) enum Steal<T> {
        Success(T),
        Empty,
        // The real queues ask for it; a lock never has to.
        #[allow(dead_code)]
        Retry,
    }

    struct Plain<T> {
        items: Mutex<VecDeque<T>>,
        len: AtomicUsize,
    }

    impl<T> Plain<T> {
        fn new() -> Self {
            Plain {
                items: Mutex::new(VecDeque::new()),
                len: AtomicUsize::new(0),
            }
        }

        fn len(&self) -> usize {
            self.len.load(Ordering::Relaxed)
        }

        fn push(&self, item: T) {
            let mut items = self.items.lock();
            items.push_back(item);
            self.len.store(items.len(), Ordering::Relaxed);
        }

        fn pop(&self) -> Option<T> {
            self.take(1).pop_front()
        }

        fn take(&self, limit: usize) -> VecDeque<T> {
            let mut items = self.items.lock();
            let count = limit.min(items.len());
            let taken = items.drain(..count).collect();
            self.len.store(items.len(), Ordering::Relaxed);
            taken
        }

        /// Takes half, `limit` at most: the first is returned, the others go to `to`.
        fn steal(&self, to: &Plain<T>, limit: usize) -> Steal<T> {
            let mut batch = self.take(limit.min(self.len().div_ceil(2)).max(1));
            let Some(first) = batch.pop_front() else {
                return Steal::Empty;
            };
            batch.into_iter().for_each(|item| to.push(item));
            Steal::Success(first)
        }
    }

    pub(crate) struct Deque<T>(Arc<Plain<T>>);

    impl<T> Deque<T> {
        pub(crate) fn new_fifo() -> Self {
            Deque(Arc::new(Plain::new()))
        }

        pub(crate) fn stealer(&self) -> Stealer<T> {
            Stealer(self.0.clone())
        }

        pub(crate) fn push(&self, item: T) {
            self.0.push(item);
        }

        /// The owner knows without a lock that its queue is empty: nobody else fills it.
        pub(crate) fn pop(&self) -> Option<T> {
            if self.0.len() == 0 {
                None
            } else {
                self.0.pop()
            }
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }
    }

    pub(crate) struct Stealer<T>(Arc<Plain<T>>);

    impl<T> Stealer<T> {
        pub(crate) fn is_empty(&self) -> bool {
            self.0.len() == 0
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }

        pub(crate) fn steal_batch_with_limit_and_pop(
            &self,
            to: &Deque<T>,
            limit: usize,
        ) -> Steal<T> {
            self.0.steal(&to.0, limit)
        }
    }

    pub(crate) struct Injector<T>(Plain<T>);

    impl<T> Injector<T> {
        pub(crate) fn new() -> Self {
            Injector(Plain::new())
        }

        pub(crate) fn push(&self, item: T) {
            self.0.push(item);
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.len() == 0
        }

        pub(crate) fn steal_batch_with_limit_and_pop(
            &self,
            to: &Deque<T>,
            limit: usize,
        ) -> Steal<T> {
            self.0.steal(&to.0, limit)
        }
    }

    pub(crate) struct ConcurrentQueue<T>(Plain<T>);

    impl<T> ConcurrentQueue<T> {
        pub(crate) fn unbounded() -> Self {
            ConcurrentQueue(Plain::new())
        }

        pub(crate) fn push(&self, item: T) -> Result<(), T> {
            self.0.push(item);
            Ok(())
        }

        pub(crate) fn pop(&self) -> Result<T, ()> {
            if self.is_empty() {
                Err(())
            } else {
                self.0.pop().ok_or(())
            }
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.len() == 0
        }
    }
}
