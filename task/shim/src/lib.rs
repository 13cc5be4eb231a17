//! Atomics, cells, locks and threads that are std's, or loom's under --cfg plies_loom, or shuttle's under --cfg plies_shuttle.
