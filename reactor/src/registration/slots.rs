//! Which registration an event is for.

use std::io;
use std::sync::Arc;
use std::task::Waker;

use slab::Slab;

use super::Registration;
use crate::error::ReactorGone;
use crate::handle::Shared;
use crate::planted::{Bug, planted};
use crate::sys::Selector;
use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicUsize, Ordering};

/// What the selector is told about a source and tells again with each event: a slot, and which of
/// the registrations that have had this slot is meant.
///
/// | bits | holds |
/// |---|---|
/// | low half | the slot |
/// | the rest, without the highest bit | the generation |
/// | highest bit | clear; the selector's own tokens have it set |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) usize);

const SLOT_BITS: u32 = if usize::BITS == 64 { 32 } else { 20 };
const GENERATIONS: usize = 1 << (usize::BITS - 1 - SLOT_BITS);

impl Token {
    fn new(slot: usize, generation: usize) -> Self {
        Self(slot | generation << SLOT_BITS)
    }

    fn slot(self) -> usize {
        self.0 & ((1 << SLOT_BITS) - 1)
    }
}

/// The registrations of one reactor.
///
/// A slot may be used again at once: an event of its older registration carries the older token,
/// even if it was taken from the system before and is dispatched after, and is ignored. A token comes
/// back after 2^31 registrations (2^11 on 32-bit systems), none of which an event outlives.
#[derive(Debug)]
pub(crate) struct Slots {
    table: Mutex<Table>,
    /// How many there are. A hint: relaxed, and it publishes nothing. Whoever knows of a registration
    /// sees it counted.
    taken: AtomicUsize,
}

#[derive(Debug)]
struct Table {
    slots: Slab<(Token, Arc<Registration>)>,
    generation: usize,
    gone: bool,
}

impl Slots {
    pub(crate) fn new() -> Self {
        let table = Table {
            slots: Slab::new(),
            generation: 0,
            gone: false,
        };
        Self {
            table: Mutex::new(table),
            taken: AtomicUsize::new(0),
        }
    }

    /// Whether no source is registered, so that the system has nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a source is registered. In one order with every `insert`: whatever was published
    /// before is seen by whoever is not counted here.
    pub(crate) fn is_any_taken(&self) -> bool {
        !self.table.lock().slots.is_empty()
    }

    /// How many sources are registered, about.
    pub(crate) fn len(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Gives `registration` a slot.
    pub(crate) fn insert(&self, registration: &Arc<Registration>) -> io::Result<Token> {
        let mut table = self.table.lock();
        if table.gone {
            return Err(ReactorGone.into());
        }
        if table.slots.len() >> SLOT_BITS != 0 {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        table.generation = (table.generation + 1) % GENERATIONS;
        let token = Token::new(table.slots.vacant_key(), table.generation);
        table.slots.insert((token, registration.clone()));
        self.taken.store(table.slots.len(), Ordering::Relaxed);
        Ok(token)
    }

    /// Frees the slot of `token`, if that registration still has it.
    pub(crate) fn remove(&self, token: Token) {
        let mut table = self.table.lock();
        let removed = match table.slots.get(token.slot()) {
            Some((current, _)) if *current == token => Some(table.slots.remove(token.slot())),
            _ => None,
        };
        self.taken.store(table.slots.len(), Ordering::Relaxed);
        drop(table);
        drop(removed);
    }

    /// Hands each event to its registration and adds those to be woken to `wakers`. Returns how
    /// many events there were.
    pub(crate) fn dispatch(&self, selector: &mut Selector, wakers: &mut Vec<Waker>) -> usize {
        if !selector.has_events() {
            return 0;
        }
        let mut events = 0;
        let table = self.table.lock();
        selector.drain(|token, ready| {
            events += 1;
            if let Some((current, registration)) = table.slots.get(token.slot())
                && (*current == token || planted(Bug::GenerationIgnored))
            {
                registration.event(ready, wakers);
            }
        });
        events
    }

    /// Tells every registration that `reactor`, whose slots these are, is gone, and refuses new ones.
    pub(crate) fn shut_down(&self, reactor: *const Shared, wakers: &mut Vec<Waker>) {
        let slots = {
            let mut table = self.table.lock();
            table.gone = !planted(Bug::GoneUnannounced);
            self.taken.store(0, Ordering::Relaxed);
            std::mem::take(&mut table.slots)
        };
        for (_, (_, registration)) in slots {
            registration.gone(reactor, wakers);
        }
    }
}
