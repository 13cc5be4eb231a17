//! Reactors that hand sources to each other, so that each is watched where its packets arrive.
//!
//! The system handles a packet on one of its processors, and what it leaves there, the socket's
//! buffers above all, is in that processor's caches. Reading it from another one costs the traffic
//! between the two, and for a wait the interrupt that ends it. For small messages that is a
//! quarter of an exchange. So a source asks now and then which processor its packets arrive on
//! (`SO_INCOMING_CPU`), and moves to the reactor whose owner runs there. Its events wake its task
//! there from then on.
//!
//! - **It asks seldom**: at the 4th wait, and each time the waits have doubled, so that a source
//!   whose packets arrive here and there, or whose task is stolen from where it moved, costs some
//!   calls in the thousands of its life.
//! - **It asks half of the time**, by chance. Where both ends of a connection are this program's,
//!   the packets of each arrive where the other is handled: if both moved they would change places
//!   and be as far apart as before, and so on for ever.
//! - **It keeps the balance**: nothing moves to a reactor that watches much more than this one. All
//!   packets may arrive on one processor, which must not get all the work for that.
//!
//! All of it is hints: relaxed atomics that publish nothing. What moves a source is
//! [`Async::move_to`](crate::Async::move_to).

use std::sync::{Arc, Weak};

use crate::handle::{Handle, Shared};
use crate::sys;
use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicUsize, Ordering};

/// Reactors that hand sources to each other: those of one executor, whose tasks run on any of its
/// threads.
///
/// A source that is used on its reactor's thread moves to another reactor of the group if its
/// packets arrive on the processor on which that one's owner runs. Nothing else changes: who waits
/// goes on waiting. Where the system does not tell where packets arrive (anything but Linux, and
/// what is no socket), every source stays.
///
/// ```
/// use plies_reactor::{Group, Reactor};
///
/// let group = Group::new();
/// let one_for_each_worker: Vec<Reactor> = (0..4)
///     .map(|_| Reactor::builder().group(&group).build())
///     .collect::<Result<_, _>>()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Group {
    members: Arc<Mutex<Vec<Weak<Shared>>>>,
}

impl Group {
    /// A group without members: give it to [`Builder::group`](crate::Builder::group).
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn join(&self, member: &Arc<Shared>) {
        let mut members = self.members.lock();
        members.retain(|member| member.strong_count() > 0);
        members.push(Arc::downgrade(member));
    }

    /// Of the members on this processor that may take a source from `from`, the one with the fewest.
    fn nearer(&self, from: &Shared, processor: usize) -> Option<Handle> {
        let members = self.members.lock();
        members
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|member| member.place.is_on(processor) && has_room(from, member))
            .min_by_key(|member| member.slots.len())
            .map(|shared| Handle { shared })
    }
}

/// May a source move without leaving `to` with much more to do than `from`? A quarter more is what
/// the executor's own balance makes up for.
fn has_room(from: &Shared, to: &Shared) -> bool {
    let mine = from.slots.len();
    to.slots.len() <= mine + mine / 4 + 2
}

/// Where a reactor is: in which group, and on which processor.
#[derive(Debug)]
pub(crate) struct Place {
    group: Option<Group>,
    /// Where its owner was when it last turned it.
    processor: AtomicUsize,
}

/// The owner has not turned it yet, or the system does not tell.
const NOWHERE: usize = usize::MAX;

impl Place {
    pub(crate) fn new(group: Option<Group>) -> Self {
        Self {
            group,
            processor: AtomicUsize::new(NOWHERE),
        }
    }

    pub(crate) fn group(&self) -> Option<&Group> {
        self.group.as_ref()
    }

    /// The owner is on this thread's processor.
    pub(crate) fn note(&self) {
        let processor = sys::processor().unwrap_or(NOWHERE);
        self.processor.store(processor, Ordering::Relaxed);
    }

    fn is_on(&self, processor: usize) -> bool {
        self.processor.load(Ordering::Relaxed) == processor
    }
}

impl Shared {
    /// The reactor that a source of this one should move to whose packets arrive on the processor
    /// that `arrivals` says.
    pub(crate) fn nearer(&self, arrivals: impl FnOnce() -> Option<usize>) -> Option<Handle> {
        let group = self.place.group()?;
        let processor = arrivals()?;
        if self.place.is_on(processor) {
            return None;
        }
        group.nearer(self, processor)
    }
}
