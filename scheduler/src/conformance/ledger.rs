//! Who has which task: the scheduler, or the kit.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
// The ledger is the observer: the model checkers are not to see it, or it would order what the
// scheduler has to order itself.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use plies_task::{Cause, Schedule};

use super::{Check, Violation};
use crate::{Attributes, Runnable};

/// A task that the kit has in its hands.
pub(super) struct Token {
    pub(super) index: usize,
    task: Runnable,
}

/// All tasks of a scenario.
pub(super) struct Ledger {
    entries: Vec<Entry>,
    // By address.
    index: HashMap<usize, usize>,
}

struct Entry {
    // Keeps the task's cell in place, so that its address stays its own.
    _waker: Waker,
    attributes: Attributes,
    with_scheduler: AtomicBool,
    drops: Arc<AtomicUsize>,
}

/// Never polled; counts how often it is dropped.
struct Probe(Arc<AtomicUsize>);

impl Future for Probe {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The tasks of the kit are moved by hand; none is ever woken.
#[derive(Clone)]
struct ByHand;

impl Schedule<Attributes> for ByHand {
    fn schedule(&self, task: Runnable, _: Cause) {
        drop(task);
    }
}

impl Ledger {
    /// A ledger of `tasks` tasks, and the tasks.
    pub(super) fn new(
        tasks: usize,
        mut attributes: impl FnMut(usize) -> Attributes,
    ) -> (Self, Vec<Token>) {
        let mut ledger = Ledger {
            entries: Vec::new(),
            index: HashMap::new(),
        };
        let tokens = (0..tasks).map(|index| ledger.add(attributes(index)));
        let tokens = tokens.collect();
        (ledger, tokens)
    }

    fn add(&mut self, attributes: Attributes) -> Token {
        let drops = Arc::new(AtomicUsize::new(0));
        let builder = plies_task::Builder::new().metadata(attributes);
        let (task, _detached) = builder.spawn(Probe(drops.clone()), ByHand);
        let index = self.entries.len();
        self.entries.push(Entry {
            _waker: task.waker(),
            attributes,
            with_scheduler: AtomicBool::new(false),
            drops,
        });
        let raw = task.into_raw();
        self.index.insert(raw.addr().get(), index);
        // SAFETY: it was a `Runnable` a line ago.
        let task = unsafe { Runnable::from_raw(raw) };
        Token { index, task }
    }

    pub(super) fn attributes(&self, index: usize) -> &Attributes {
        &self.entries[index].attributes
    }

    /// The task, to be handed to the scheduler in this very moment.
    pub(super) fn hand_in(&self, token: Token) -> Runnable {
        let entry = &self.entries[token.index];
        entry.with_scheduler.store(true, Ordering::SeqCst);
        token.task
    }

    /// Takes over what the scheduler gave out, if it had it to give.
    pub(super) fn take(&self, task: Runnable) -> Result<Token, Violation> {
        let raw = task.into_raw();
        let Some(&index) = self.index.get(&raw.addr().get()) else {
            let detail = "what came out is no task that ever went in";
            return Err(Violation::new(Check::NoneTwice, detail));
        };
        let entry = &self.entries[index];
        if !entry.with_scheduler.swap(false, Ordering::SeqCst) {
            let detail = format!("task {index} came out twice");
            return Err(Violation::new(Check::NoneTwice, detail));
        }
        // SAFETY: the ledger says that one `Runnable` of the task was with the scheduler, and now
        // none is; any further one that it gives out ends in the branch above.
        let task = unsafe { Runnable::from_raw(raw) };
        Ok(Token { index, task })
    }

    /// A task that the scheduler still has.
    pub(super) fn left_over(&self) -> Option<usize> {
        let with_scheduler = |entry: &Entry| entry.with_scheduler.load(Ordering::SeqCst);
        self.entries.iter().position(with_scheduler)
    }

    /// Complains unless every future has been dropped, and once.
    pub(super) fn all_dropped(&self) -> Result<(), Violation> {
        for (index, entry) in self.entries.iter().enumerate() {
            let drops = entry.drops.load(Ordering::SeqCst);
            if drops != 1 {
                let detail = format!("the future of task {index} was dropped {drops} times");
                return Err(Violation::new(Check::Shutdown, detail));
            }
        }
        Ok(())
    }

    /// A task that the scheduler cancelled, though it should have kept it.
    pub(super) fn cancelled(&self) -> Option<usize> {
        let dropped = |entry: &Entry| entry.drops.load(Ordering::SeqCst) != 0;
        self.entries.iter().position(dropped)
    }
}
