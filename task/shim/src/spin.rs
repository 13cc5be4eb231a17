//! A spin lock: the mutex of `no_std` builds, and of data that is held for a few instructions.

use core::cell::UnsafeCell;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, Ordering};

/// Looks at a lock that is held, before its holder is given time to run.
const SPINS: u32 = 64;

/// A spin lock, for data that is seldom wanted by two threads at once and held for a few
/// instructions, never across a call of somebody else's code, nor across an interrupt handler that
/// may want it too.
///
/// Taken and given back uncontended it costs one read-modify-write, where a mutex that can put
/// threads to sleep needs two. A thread that finds it held spins for a moment, and then, with the
/// feature `std`, lets other threads run. Under the model checkers it is their mutex.
///
/// ```
/// use plies_shim::sync::SpinMutex;
///
/// let count = SpinMutex::new(1);
/// *count.lock() += 1;
/// assert_eq!(*count.lock(), 2);
/// ```
#[derive(Default)]
pub struct SpinMutex<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands the value to one thread at a time, which is all that `Sync` of a mutex
// needs of a `Send` value.
unsafe impl<T: Send> Sync for SpinMutex<T> {}

impl<T> SpinMutex<T> {
    /// An unlocked mutex holding `value`.
    pub const fn new(value: T) -> Self {
        Self {
            locked: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Spins until the lock is free and takes it.
    #[inline]
    pub fn lock(&self) -> SpinMutexGuard<'_, T> {
        match self.try_lock() {
            Some(guard) => guard,
            None => self.lock_contended(),
        }
    }

    #[cold]
    fn lock_contended(&self) -> SpinMutexGuard<'_, T> {
        loop {
            for _ in 0..SPINS {
                core::hint::spin_loop();
                if !self.locked.load(Ordering::Relaxed)
                    && let Some(guard) = self.try_lock()
                {
                    return guard;
                }
            }
            // The holder may have been put off its core.
            #[cfg(feature = "std")]
            std::thread::yield_now();
        }
    }

    /// Takes the lock if it is free: `None` when somebody holds it.
    #[inline]
    pub fn try_lock(&self) -> Option<SpinMutexGuard<'_, T>> {
        // Acquire sees what the last holder wrote; pairs with the Release in the guard's drop.
        let taken = self.locked.swap(true, Ordering::Acquire);
        // Lazily: a guard that is made must be one that holds the lock, for its drop unlocks.
        (!taken).then(|| SpinMutexGuard { mutex: self })
    }

    /// The value, out of its mutex.
    #[inline]
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T> fmt::Debug for SpinMutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpinMutex").finish_non_exhaustive()
    }
}

/// What [`SpinMutex::lock`] returns: unlocks when dropped.
pub struct SpinMutexGuard<'a, T> {
    mutex: &'a SpinMutex<T>,
}

impl<T> Deref for SpinMutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so this thread holds the lock: no other access is possible.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for SpinMutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` excludes a second reference from this guard.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for SpinMutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.locked.store(false, Ordering::Release);
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::SpinMutex;

    #[test]
    fn a_failed_try_leaves_the_lock_with_its_holder() {
        let lock = SpinMutex::new(0);
        let held = lock.lock();
        assert!(lock.try_lock().is_none());
        assert!(lock.try_lock().is_none(), "the first try unlocked it");
        drop(held);
        assert!(lock.try_lock().is_some());
    }

    #[test]
    fn one_thread_at_a_time_has_the_value() {
        let lock = SpinMutex::new(0_u64);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50_000 {
                        let mut value = lock.lock();
                        let read = std::hint::black_box(*value);
                        *value = read + 1;
                    }
                });
            }
        });
        assert_eq!(lock.into_inner(), 200_000);
    }
}
