//! The raw task of an async executor: one allocation, one atomic word, a waker, a Runnable and a JoinHandle.
