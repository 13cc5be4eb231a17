//! Executors for futures whose scheduling policy is a trait: work stealing, priorities, thread per core, or your own.
