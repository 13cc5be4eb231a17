//! Values that belong to a task, whichever thread polls it.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// Declares keys of values that belong to a task, each a [`LocalKey`](crate::task::LocalKey).
///
/// # Examples
///
/// ```
/// plies::task_local! {
///     /// The request that this task serves.
///     pub static REQUEST: u64;
///     static USER: String;
/// }
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() {
/// let served = REQUEST.scope(7, async { REQUEST.get() });
/// assert_eq!(plies::spawn(served).await.unwrap(), 7);
/// assert!(USER.try_with(String::len).is_err());
/// # }
/// ```
#[macro_export]
macro_rules! task_local {
    () => {};
    ($(#[$meta:meta])* $vis:vis static $name:ident: $type:ty $(; $($rest:tt)*)?) => {
        $(#[$meta])*
        $vis static $name: $crate::task::LocalKey<$type> = {
            ::std::thread_local! {
                static VALUE: ::std::cell::RefCell<::std::option::Option<$type>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }
            $crate::task::LocalKey::__new(VALUE)
        };
        $($crate::task_local! { $($rest)* })?
    };
}

/// The key of a value that belongs to a task; made by [`task_local!`](crate::task_local).
///
/// [`scope`](Self::scope) gives the value to a future; while that is polled, on any thread, the
/// others here read it. It is not inherited: a task that is spawned inside has none.
pub struct LocalKey<T: 'static> {
    value: std::thread::LocalKey<RefCell<Option<T>>>,
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn __new(value: std::thread::LocalKey<RefCell<Option<T>>>) -> Self {
        Self { value }
    }

    /// Polls `future` with `value` set for this key, and drops it so.
    ///
    /// Scopes nest: the inner value hides the outer one.
    ///
    /// # Panics
    ///
    /// The future panics when it is polled inside of [`with`](Self::with) of the same key, and
    /// when it is polled after it was ready.
    ///
    /// # Examples
    ///
    /// ```
    /// plies::task_local! { static DEPTH: u32; }
    ///
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() {
    /// DEPTH.scope(1, async {
    ///     assert_eq!(DEPTH.scope(2, async { DEPTH.get() }).await, 2);
    ///     assert_eq!(DEPTH.get(), 1);
    /// }).await;
    /// # }
    /// ```
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> TaskLocalFuture<T, F> {
        TaskLocalFuture {
            key: self,
            value: Some(value),
            future: Some(future),
            pinned: PhantomPinned,
        }
    }

    /// Calls `f` with `value` set for this key.
    ///
    /// # Panics
    ///
    /// When called inside of [`with`](Self::with) of the same key.
    ///
    /// # Examples
    ///
    /// ```
    /// plies::task_local! { static UNIT: &'static str; }
    /// assert_eq!(UNIT.sync_scope("ms", || UNIT.get()), "ms");
    /// ```
    #[track_caller]
    pub fn sync_scope<F, R>(&'static self, value: T, f: F) -> R
    where
        F: FnOnce() -> R,
    {
        match self.exchange(&mut Some(value), f) {
            Ok(result) => result,
            Err(refused) => refused.panic(),
        }
    }

    /// Calls `f` with the value.
    ///
    /// # Panics
    ///
    /// When no [`scope`](Self::scope) of this key is being polled.
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(f) {
            Ok(result) => result,
            Err(error) => panic!("{error}: call this inside of `LocalKey::scope`"),
        }
    }

    /// Calls `f` with the value.
    ///
    /// # Errors
    ///
    /// When no [`scope`](Self::scope) of this key is being polled.
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        self.value
            .try_with(|value| value.borrow().as_ref().map(f))
            .ok()
            .flatten()
            .ok_or(AccessError(()))
    }

    /// Calls `f` with the thread's value and `slot` exchanged, and exchanges them back.
    fn exchange<R>(
        &'static self,
        slot: &mut Option<T>,
        f: impl FnOnce() -> R,
    ) -> Result<R, Refused> {
        struct Back<'a, T: 'static> {
            key: &'static LocalKey<T>,
            slot: &'a mut Option<T>,
        }
        impl<T> Drop for Back<'_, T> {
            fn drop(&mut self) {
                // Neither refuses: both were there a moment ago, and nobody keeps a borrow.
                let _ = self.key.swap(self.slot);
            }
        }
        self.swap(slot)?;
        let _back = Back { key: self, slot };
        Ok(f())
    }

    fn swap(&'static self, slot: &mut Option<T>) -> Result<(), Refused> {
        self.value
            .try_with(|value| {
                let mut value = value.try_borrow_mut().map_err(|_| Refused::Borrowed)?;
                std::mem::swap(&mut *value, slot);
                Ok(())
            })
            .unwrap_or(Err(Refused::ThreadEnds))
    }
}

impl<T: Clone + 'static> LocalKey<T> {
    /// A clone of the value.
    ///
    /// # Panics
    ///
    /// When no [`scope`](Self::scope) of this key is being polled.
    #[track_caller]
    pub fn get(&'static self) -> T {
        self.with(T::clone)
    }

    /// A clone of the value.
    ///
    /// # Errors
    ///
    /// When no [`scope`](Self::scope) of this key is being polled.
    pub fn try_get(&'static self) -> Result<T, AccessError> {
        self.try_with(T::clone)
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

/// Why a value could not be set.
enum Refused {
    Borrowed,
    ThreadEnds,
}

impl Refused {
    #[track_caller]
    fn panic(self) -> ! {
        match self {
            Self::Borrowed => panic!(
                "a task-local scope was entered inside of `LocalKey::with` of the same key: \
                 return from `with` first"
            ),
            Self::ThreadEnds => panic!(
                "a task-local scope was entered by a destructor of a thread that ends: enter it \
                 before"
            ),
        }
    }
}

/// No value is set for a key; from [`LocalKey::try_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError(());

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no value is set for the task-local key")
    }
}

impl std::error::Error for AccessError {}

pin_project! {
    /// The future of [`LocalKey::scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct TaskLocalFuture<T: 'static, F> {
        key: &'static LocalKey<T>,
        value: Option<T>,
        #[pin]
        future: Option<F>,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T: 'static, F> PinnedDrop for TaskLocalFuture<T, F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let mut future = this.future;
            if future.is_some() {
                // Where the value cannot be set, the future is dropped without it.
                let _ = this.key.exchange(this.value, || future.set(None));
            }
        }
    }
}

impl<T: 'static, F> TaskLocalFuture<T, F> {
    /// Takes the value back; `None` if that was done before.
    ///
    /// A future that is polled after that has no value.
    ///
    /// # Examples
    ///
    /// ```
    /// plies::task_local! { static LOG: std::cell::RefCell<Vec<u32>>; }
    ///
    /// # #[plies::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let writes = async { LOG.with(|log| log.borrow_mut().push(7)) };
    /// let mut scope = Box::pin(LOG.scope(Default::default(), writes));
    /// scope.as_mut().await;
    /// assert_eq!(scope.as_mut().take_value().unwrap().into_inner(), [7]);
    /// # }
    /// ```
    pub fn take_value(self: Pin<&mut Self>) -> Option<T> {
        self.project().value.take()
    }
}

impl<T: 'static, F: Future> Future for TaskLocalFuture<T, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut future = this.future;
        let polled = this.key.exchange(this.value, || {
            let poll = future.as_mut().as_pin_mut()?.poll(cx);
            if poll.is_ready() {
                future.set(None);
            }
            Some(poll)
        });
        match polled {
            Ok(Some(poll)) => poll,
            Ok(None) => panic!("a task-local scope was polled after it was ready: use `fuse`"),
            Err(refused) => refused.panic(),
        }
    }
}

impl<T: fmt::Debug, F> fmt::Debug for TaskLocalFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocalFuture")
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}
