//! Readiness and time for any executor: a mio reactor with registrations, timers and a clock that
//! can be virtual.
//!
//! A [`Reactor`] is a selector and the timers that bound its sleep. Whoever owns it calls
//! [`turn`](Reactor::turn) when there is nothing else to do; everybody else has a [`Handle`].
//! [`Async`] makes a source's operations wait instead of block, and [`Sleep`] waits for a deadline.
//! Nothing here knows an executor: whatever honours `Waker` will do.
//!
//! ```
//! use plies_reactor::{Async, Interest, Reactor, Sleep};
//! use std::io::{Read, Write};
//! use std::time::{Duration, Instant};
//!
//! let (reader, mut writer) = std::os::unix::net::UnixStream::pair()?;
//! let reader = Async::nonblocking(reader)?;
//! let reactor = Reactor::new()?;
//! let received = reactor.block_on(async {
//!     Sleep::new(Instant::now() + Duration::from_millis(1)).await;
//!     writer.write_all(b"hello")?;
//!     let mut buffer = [0; 16];
//!     reader.async_io(Interest::READABLE, |mut io| io.read(&mut buffer)).await
//! })??;
//! assert_eq!(received, 5);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Who turns it
//!
//! - the executor, inline: [`Reactor::turn`] where it would park, [`Handle::wake`] to unpark it;
//! - another thread with a timeout of zero, while the owner is late: [`Handle::has_events`] tells;
//! - a thread of its own, for executors that know nothing of it: [`Driver::spawn_thread`];
//! - nobody but a single future: [`Reactor::block_on`].
//!
//! # What it does not do
//!
//! - No sockets of its own: std's, mio's, socket2's or any descriptor go into [`Async`].
//! - No executor and no task budget: a source that is always ready lets its task run on.
//! - No completion I/O (io_uring, IOCP): operations are tried, and waited for when they would block.
//! - Regular files are always ready and cannot be waited for: registering one is an error.
//!
//! # Map
//!
//! | module | what it holds |
//! |---|---|
//! | `reactor`, `handle`, `context` | the turn; what others see of it; what is current on a thread |
//! | `group` | reactors that hand sources to each other, to be near where their packets arrive |
//! | `doorbell` | the word that makes waking free while nobody sleeps, and where an owner parks that watches nothing |
//! | `async_source`, `guard`, `interest` | sources and their readiness, as users see them |
//! | `registration` | the readiness word, who waits, whom an event is for |
//! | `time` | the clock, the wheel, and the sleeps it links |
//! | `list` | the intrusive list under waiters and timers |
//! | `driver` | a thread that turns a reactor |
//! | `sys` | all that differs between platforms, and the fake for models and tests |
//! | `planted` | the mistakes that models plant to show that they find them |

mod async_source;
mod context;
mod doorbell;
mod driver;
mod error;
mod group;
mod guard;
mod handle;
mod interest;
mod list;
mod planted;
mod reactor;
mod registration;
mod sys;
mod time;

#[cfg(test)]
mod tests;

pub use async_source::Async;
pub use context::EnterGuard;
pub use driver::Driver;
pub use error::{NoReactor, ReactorGone, TimerError};
pub use group::Group;
pub use guard::{ReadyEvent, ReadyGuard};
pub use handle::Handle;
pub use interest::{Direction, Interest, Ready};
pub use reactor::{Builder, Reactor, Turn};
pub use time::Deadline;
pub use time::clock::{Clock, ClockHold};
pub use time::sleep::Sleep;

/// What models of this crate need, and nobody else.
#[cfg(any(plies_loom, plies_shuttle))]
#[doc(hidden)]
pub mod model {
    pub use crate::planted::Bug;
    pub use crate::sys::fake;
    pub use crate::time::ticks::Ticks;
}
