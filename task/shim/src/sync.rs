//! Atomics, `Arc`, and locks that know no poisoning.

#[cfg(all(feature = "std", not(any(plies_loom, plies_shuttle))))]
use std::sync as backend;

#[cfg(plies_loom)]
use loom::sync as backend;

#[cfg(plies_shuttle)]
use shuttle::sync as backend;

#[cfg(any(feature = "std", plies_loom, plies_shuttle))]
pub use backend::Arc;

#[cfg(not(any(feature = "std", plies_loom, plies_shuttle)))]
pub use alloc::sync::Arc;

#[cfg(not(any(feature = "std", plies_loom, plies_shuttle)))]
pub use crate::spin::{SpinMutex as Mutex, SpinMutexGuard as MutexGuard};

#[cfg(not(any(plies_loom, plies_shuttle)))]
pub use crate::spin::{SpinMutex, SpinMutexGuard};

#[cfg(any(plies_loom, plies_shuttle))]
pub use lock::{Mutex as SpinMutex, MutexGuard as SpinMutexGuard};

#[cfg(any(feature = "std", plies_loom, plies_shuttle))]
pub use lock::{Condvar, Mutex, MutexGuard};

/// Atomic types, fences and orderings.
pub mod atomic {
    #[cfg(not(any(plies_loom, plies_shuttle)))]
    pub use core::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering, fence,
    };

    #[cfg(all(target_has_atomic = "64", not(any(plies_loom, plies_shuttle))))]
    pub use core::sync::atomic::AtomicU64;

    #[cfg(plies_loom)]
    pub use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering,
        fence,
    };

    #[cfg(plies_shuttle)]
    pub use shuttle::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering,
        fence,
    };
}

#[cfg(any(feature = "std", plies_loom, plies_shuttle))]
mod lock {
    use super::backend;
    use std::sync::PoisonError;
    use std::time::Duration;

    /// What [`Mutex::lock`] returns: unlocks when dropped.
    pub type MutexGuard<'a, T> = backend::MutexGuard<'a, T>;

    /// A mutex without poisoning: a panic while it is held leaves the value as it was then.
    ///
    /// ```
    /// let mutex = plies_shim::sync::Mutex::new(1);
    /// *mutex.lock() += 1;
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    #[derive(Debug, Default)]
    pub struct Mutex<T>(backend::Mutex<T>);

    impl<T> Mutex<T> {
        /// An unlocked mutex holding `value`.
        #[cfg(not(plies_loom))]
        #[inline]
        pub const fn new(value: T) -> Self {
            Self(backend::Mutex::new(value))
        }

        /// An unlocked mutex holding `value`.
        #[cfg(plies_loom)]
        pub fn new(value: T) -> Self {
            Self(backend::Mutex::new(value))
        }

        /// Waits for the lock and takes it.
        #[inline]
        pub fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Takes the lock if it is free: `None` when somebody holds it.
        #[inline]
        pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            match self.0.try_lock() {
                Ok(guard) => Some(guard),
                Err(std::sync::TryLockError::Poisoned(error)) => Some(error.into_inner()),
                Err(std::sync::TryLockError::WouldBlock) => None,
            }
        }

        /// The value, out of its mutex.
        #[inline]
        pub fn into_inner(self) -> T {
            self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// A condition variable for [`Mutex`].
    ///
    /// ```
    /// use plies_shim::sync::{Arc, Condvar, Mutex};
    ///
    /// let pair = Arc::new((Mutex::new(false), Condvar::new()));
    /// let thread = plies_shim::thread::spawn({
    ///     let pair = pair.clone();
    ///     move || {
    ///         *pair.0.lock() = true;
    ///         pair.1.notify_one();
    ///     }
    /// });
    /// let mut ready = pair.0.lock();
    /// while !*ready {
    ///     ready = pair.1.wait(ready);
    /// }
    /// drop(ready);
    /// thread.join().unwrap();
    /// ```
    #[derive(Debug, Default)]
    pub struct Condvar(backend::Condvar);

    impl Condvar {
        /// A condition variable nobody waits on.
        #[cfg(not(plies_loom))]
        #[inline]
        pub const fn new() -> Self {
            Self(backend::Condvar::new())
        }

        /// A condition variable nobody waits on.
        #[cfg(plies_loom)]
        pub fn new() -> Self {
            Self(backend::Condvar::new())
        }

        /// Unlocks, waits for a notification, and locks again. May return without one.
        pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
            self.0.wait(guard).unwrap_or_else(PoisonError::into_inner)
        }

        /// [`wait`](Self::wait) for at most `timeout`; `true` beside the guard when it ran out.
        /// Neither loom nor shuttle ever lets it run out.
        pub fn wait_timeout<'a, T>(
            &self,
            guard: MutexGuard<'a, T>,
            timeout: Duration,
        ) -> (MutexGuard<'a, T>, bool) {
            let (guard, result) = self
                .0
                .wait_timeout(guard, timeout)
                .unwrap_or_else(PoisonError::into_inner);
            (guard, result.timed_out())
        }

        /// Wakes one waiter, if there is any.
        pub fn notify_one(&self) {
            self.0.notify_one();
        }

        /// Wakes every waiter.
        pub fn notify_all(&self) {
            self.0.notify_all();
        }
    }
}
