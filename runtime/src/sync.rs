//! Channels, locks and notifications: tokio's, which need no runtime.
//!
//! They are well kept and independent of who polls them, so they are used as they are. One thing
//! does not reach into them: the [budget](crate::task::coop) of a task. A loop over a channel that
//! is never empty has to let others run itself, by
//! [`consume_budget`](crate::task::consume_budget) or [`cooperative`](crate::task::coop::cooperative).

pub use tokio::sync::{
    AcquireError, Barrier, BarrierWaitResult, MappedMutexGuard, Mutex, MutexGuard, Notify,
    OnceCell, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedRwLockMappedWriteGuard,
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard, Semaphore, SemaphorePermit,
    SetError, SetOnce, SetOnceError, TryAcquireError, TryLockError, broadcast, futures, mpsc,
    oneshot, watch,
};
