//! What was seen of one run.

use std::time::Duration;

/// Something that took its time. The times are counted from the start of the run.
#[derive(Clone, Copy)]
pub struct Span {
    pub start: Duration,
    pub end: Duration,
}

impl Span {
    pub fn length(self) -> Duration {
        self.end.saturating_sub(self.start)
    }

    pub fn meets(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }
}

pub struct Recording {
    pub requests: Vec<Span>,
    /// From each tick to the next.
    pub gaps: Vec<Span>,
    /// When tasks held up the workers, and how.
    pub blocked: Vec<(Span, Held)>,
    pub length: Duration,
}

#[derive(Clone, Copy)]
pub enum Held {
    Blocked,
    Computing,
}

impl Recording {
    /// How long the requests took, sorted.
    pub fn request_times(&self) -> Vec<Duration> {
        let mut times: Vec<_> = self.requests.iter().map(|span| span.length()).collect();
        times.sort();
        times
    }

    pub fn longest_gap(&self) -> Duration {
        let lengths = self.gaps.iter().map(|span| span.length());
        lengths.max().unwrap_or_default()
    }
}
