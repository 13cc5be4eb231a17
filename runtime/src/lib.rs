//! An async runtime in layers: work stealing, a reactor for each worker, and a scheduler that you can swap.
