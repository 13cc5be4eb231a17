//! What a task waits for, and what the system has reported.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

/// What a task waits for on a registered source.
///
/// Interests combine with `|`.
///
/// ```
/// use plies_reactor::Interest;
/// let both = Interest::READABLE | Interest::WRITABLE;
/// assert!(both.is_readable() && both.is_writable() && !both.is_priority());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interest(u8);

impl Interest {
    /// Data to read, or the end of it.
    pub const READABLE: Interest = Interest(1);
    /// Room to write, or nobody left to read it.
    pub const WRITABLE: Interest = Interest(2);
    /// Priority (out-of-band) data; reported on Linux and Android only.
    pub const PRIORITY: Interest = Interest(4);
    /// An error condition on the source.
    pub const ERROR: Interest = Interest(8);

    /// Whether this includes [`Interest::READABLE`].
    pub const fn is_readable(self) -> bool {
        self.0 & Self::READABLE.0 != 0
    }

    /// Whether this includes [`Interest::WRITABLE`].
    pub const fn is_writable(self) -> bool {
        self.0 & Self::WRITABLE.0 != 0
    }

    /// Whether this includes [`Interest::PRIORITY`].
    pub const fn is_priority(self) -> bool {
        self.0 & Self::PRIORITY.0 != 0
    }

    /// Whether this includes [`Interest::ERROR`].
    pub const fn is_error(self) -> bool {
        self.0 & Self::ERROR.0 != 0
    }

    /// Both interests; as `|`, and usable in constants.
    #[must_use]
    pub const fn add(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }

    /// This interest without `other`; `None` if that leaves nothing to wait for.
    ///
    /// ```
    /// use plies_reactor::Interest;
    /// let both = Interest::READABLE.add(Interest::WRITABLE);
    /// assert_eq!(both.remove(Interest::READABLE), Some(Interest::WRITABLE));
    /// assert_eq!(both.remove(both), None);
    /// ```
    #[must_use]
    pub fn remove(self, other: Interest) -> Option<Interest> {
        let rest = self.0 & !other.0;
        (rest != 0).then_some(Interest(rest))
    }

    /// The readiness that ends a wait for this interest.
    pub(crate) const fn mask(self) -> Ready {
        let mut bits = 0;
        if self.is_readable() {
            bits |= Ready::READABLE.0 | Ready::READ_CLOSED.0;
        }
        if self.is_writable() {
            bits |= Ready::WRITABLE.0 | Ready::WRITE_CLOSED.0;
        }
        if self.is_priority() {
            bits |= Ready::PRIORITY.0 | Ready::READ_CLOSED.0;
        }
        if self.is_error() {
            bits |= Ready::ERROR.0;
        }
        Ready(bits)
    }
}

impl BitOr for Interest {
    type Output = Interest;
    fn bitor(self, other: Interest) -> Interest {
        self.add(other)
    }
}

impl BitOrAssign for Interest {
    fn bitor_assign(&mut self, other: Interest) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (self.is_readable(), "READABLE"),
            (self.is_writable(), "WRITABLE"),
            (self.is_priority(), "PRIORITY"),
            (self.is_error(), "ERROR"),
        ];
        fmt_flags(f, &names)
    }
}

/// What the system has reported about a source and no operation has used up since.
///
/// ```
/// use plies_reactor::Ready;
/// let ready = Ready::READABLE | Ready::READ_CLOSED;
/// assert!(ready.is_readable() && ready.is_read_closed() && !ready.is_writable());
/// assert_eq!(ready - Ready::READABLE, Ready::READ_CLOSED);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ready(pub(crate) u8);

impl Ready {
    /// Nothing is ready.
    pub const EMPTY: Ready = Ready(0);
    /// A read would not block.
    pub const READABLE: Ready = Ready(1);
    /// A write would not block.
    pub const WRITABLE: Ready = Ready(2);
    /// The peer will send no more: a read ends after what is buffered.
    pub const READ_CLOSED: Ready = Ready(4);
    /// The peer will read no more: a write fails.
    pub const WRITE_CLOSED: Ready = Ready(8);
    /// Priority (out-of-band) data is there.
    pub const PRIORITY: Ready = Ready(16);
    /// The source has an error to report.
    pub const ERROR: Ready = Ready(32);

    /// Everything is ready.
    pub const ALL: Ready = Ready(63);

    const CLOSED: Ready = Ready(Self::READ_CLOSED.0 | Self::WRITE_CLOSED.0);

    /// Whether nothing is ready.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a read would not block: data, or the end of it.
    pub const fn is_readable(self) -> bool {
        self.0 & (Self::READABLE.0 | Self::READ_CLOSED.0) != 0
    }

    /// Whether a write would not block: room, or an error because nobody reads.
    pub const fn is_writable(self) -> bool {
        self.0 & (Self::WRITABLE.0 | Self::WRITE_CLOSED.0) != 0
    }

    /// Whether the reading half is closed.
    pub const fn is_read_closed(self) -> bool {
        self.0 & Self::READ_CLOSED.0 != 0
    }

    /// Whether the writing half is closed.
    pub const fn is_write_closed(self) -> bool {
        self.0 & Self::WRITE_CLOSED.0 != 0
    }

    /// Whether priority data is there.
    pub const fn is_priority(self) -> bool {
        self.0 & Self::PRIORITY.0 != 0
    }

    /// Whether the source reported an error.
    pub const fn is_error(self) -> bool {
        self.0 & Self::ERROR.0 != 0
    }

    /// Without the closed bits, which one successful operation says nothing about.
    pub(crate) const fn without_closed(self) -> Ready {
        Ready(self.0 & !Self::CLOSED.0)
    }
}

impl BitOr for Ready {
    type Output = Ready;
    fn bitor(self, other: Ready) -> Ready {
        Ready(self.0 | other.0)
    }
}

impl BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Ready) {
        self.0 |= other.0;
    }
}

impl BitAnd for Ready {
    type Output = Ready;
    fn bitand(self, other: Ready) -> Ready {
        Ready(self.0 & other.0)
    }
}

impl Sub for Ready {
    type Output = Ready;
    fn sub(self, other: Ready) -> Ready {
        Ready(self.0 & !other.0)
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = |flag: Ready| self.0 & flag.0 != 0;
        let names = [
            (has(Self::READABLE), "READABLE"),
            (has(Self::WRITABLE), "WRITABLE"),
            (has(Self::READ_CLOSED), "READ_CLOSED"),
            (has(Self::WRITE_CLOSED), "WRITE_CLOSED"),
            (has(Self::PRIORITY), "PRIORITY"),
            (has(Self::ERROR), "ERROR"),
        ];
        fmt_flags(f, &names)
    }
}

fn fmt_flags(f: &mut fmt::Formatter<'_>, names: &[(bool, &str)]) -> fmt::Result {
    let mut separator = "";
    for (_, name) in names.iter().filter(|(set, _)| *set) {
        write!(f, "{separator}{name}")?;
        separator = " | ";
    }
    if separator.is_empty() {
        f.write_str("EMPTY")
    } else {
        Ok(())
    }
}

/// One of the two ways data flows; each has one waker of its own in a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the source to the task.
    Read,
    /// From the task to the source.
    Write,
}

impl Direction {
    /// The interest of an operation in this direction.
    ///
    /// ```
    /// use plies_reactor::{Direction, Interest};
    /// assert_eq!(Direction::Read.interest(), Interest::READABLE);
    /// ```
    pub const fn interest(self) -> Interest {
        match self {
            Direction::Read => Interest::READABLE,
            Direction::Write => Interest::WRITABLE,
        }
    }
}
