//! How much of the operating system's news a worker takes at a time.

use super::Builder;

impl Builder {
    /// Sets how many I/O events a worker takes from the system at a time; 1024 unless set. The
    /// others are taken next.
    ///
    /// # Panics
    ///
    /// When `capacity` is zero.
    #[track_caller]
    pub fn max_io_events_per_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(capacity > 0, "call `max_io_events_per_tick` with 1 or more");
        self.event_capacity = Some(capacity);
        self
    }

    /// Sets how many I/O events a worker takes from the system at a time while it has tasks to run;
    /// as many as [`max_io_events_per_tick`](Self::max_io_events_per_tick) unless set.
    ///
    /// Each look of a busy worker brings tasks to run; a small number keeps it from queueing faster
    /// than it runs them, and leaves the rest to the operating system.
    ///
    /// # Panics
    ///
    /// When `capacity` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies::runtime::Builder;
    ///
    /// let runtime = Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .max_io_events_per_tick(128)
    ///     .max_io_events_per_busy_tick(8)
    ///     .build()?;
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn max_io_events_per_busy_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(
            capacity > 0,
            "call `max_io_events_per_busy_tick` with 1 or more"
        );
        self.busy_event_capacity = Some(capacity);
        self
    }
}
