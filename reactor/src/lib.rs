//! Readiness and time for any executor: a mio reactor with registrations, timers and a clock that can be virtual.
