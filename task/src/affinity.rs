//! Which threads may poll and drop a future.

/// Answers whether the calling thread may touch the future.
pub(crate) trait Affinity {
    fn is_here(&self) -> bool;
}

/// For `Send` futures.
pub(crate) struct AnyThread;

impl Affinity for AnyThread {
    #[inline(always)]
    fn is_here(&self) -> bool {
        true
    }
}

/// For futures that are not `Send`: the thread that spawned them.
#[cfg(feature = "std")]
pub(crate) struct ThisThread(std::thread::ThreadId);

#[cfg(feature = "std")]
impl ThisThread {
    pub(crate) fn new() -> Self {
        Self(std::thread::current().id())
    }
}

#[cfg(feature = "std")]
impl Affinity for ThisThread {
    fn is_here(&self) -> bool {
        std::thread::current().id() == self.0
    }
}
