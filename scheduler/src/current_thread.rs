//! The executor that runs on whichever thread waits for it.

mod seat;

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use plies_shim::sync::Mutex;
use plies_shim::sync::atomic::{AtomicBool, Ordering};

use self::seat::{Seat, Turn};
use crate::builder::Builder;
use crate::mutants::{Mutant, planted};
use crate::queue::{LocalQueue, Queue};
use crate::reference::SharedRef;
use crate::worker::{AnyWorker, Worker};
use crate::{Handle, Pinned, Scheduler, ShutdownReport, WorkerId, context, coop};

/// Runs tasks on the thread that calls [`block_on`](Self::block_on), and only meanwhile.
///
/// If several threads call it, one of them drives the tasks; the others wait for their future, and
/// one of those takes over when the first is done. Called inside one of its own tasks, it goes on
/// driving the other tasks from there.
///
/// Dropping it drops every task on the dropping thread.
///
/// # Examples
///
/// ```
/// use plies_scheduler::CurrentThread;
///
/// let executor = CurrentThread::builder().build_current_thread();
/// let task = executor.handle().spawn(async { 20 });
/// assert_eq!(executor.block_on(async { task.await.unwrap() + 1 }), 21);
/// ```
pub struct CurrentThread {
    handle: Handle,
    seat: Mutex<Seat>,
}

/// A worker whose policy's type only its own loop knows.
trait Driven: Send {
    fn worker(&self) -> &AnyWorker;
    fn run_until(&self, main: &mut Main<'_>);
    /// Drops every task, and whatever is injected from now on is dropped by those who inject it.
    fn leave(self: Box<Self>);
}

impl<S: Scheduler> Driven for Worker<Queue<S>> {
    fn worker(&self) -> &AnyWorker {
        self
    }

    fn run_until(&self, main: &mut Main<'_>) {
        self.run_until_done(main);
    }

    fn leave(self: Box<Self>) {
        self.contained(Worker::drop_tasks);
        let shared = self.shared().clone();
        self.into_queue().retire();
        // What was injected after the last look: whoever did it had nobody to leave it to.
        if !planted(Mutant::FailedKeepsLate) {
            shared.sweep();
        }
    }
}

/// The future that `block_on` waits for, without its type.
struct Main<'a> {
    poll: &'a mut dyn FnMut(&mut Context<'_>) -> bool,
    waker: Waker,
    signal: Arc<Signal>,
}

/// The waker of the main future: says that it is worth a poll, and ends the driving thread's sleep.
struct Signal {
    woken: AtomicBool,
    shared: SharedRef,
}

impl Signal {
    fn take(&self) -> bool {
        self.is_set() && self.woken.swap(false, Ordering::Acquire)
    }

    fn is_set(&self) -> bool {
        self.woken.load(Ordering::Relaxed)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.woken.swap(true, Ordering::Release) {
            return;
        }
        // SAFETY: the reference does not leave this function.
        let here = unsafe { context::worker() };
        // The driving thread itself is awake, and looks before it sleeps.
        if !here.is_some_and(|worker| worker.serves(&self.shared)) {
            self.shared.unpark(WorkerId::new(0));
        }
    }
}

impl<Q: LocalQueue + ?Sized> Worker<Q> {
    /// A task's panic has closed the executor. Apart, so that the loop stays small.
    #[cold]
    #[inline(never)]
    fn give_up(&self) {
        self.drop_tasks();
    }

    /// Polls the main future whenever it is woken, and tasks otherwise. Until it is ready, unless a
    /// task's panic closes the executor.
    fn run_until_done(&self, main: &mut Main<'_>) {
        let mut cx = Context::from_waker(&main.waker);
        loop {
            if self.shared().watch.flags().is_failed() {
                return self.give_up();
            }
            if main.signal.take() {
                if (main.poll)(&mut cx) {
                    return;
                }
                // A main future that wakes itself must not keep the driver from being looked into.
                self.count_poll();
            }
            for _ in 0..self.shared().settings.event_interval {
                match self.next() {
                    Some(task) => self.poll(task),
                    None => {
                        // Closed or not: the main future goes on.
                        self.sleep(|| main.signal.is_set());
                        break;
                    }
                }
            }
        }
    }
}

impl CurrentThread {
    /// A builder with the defaults; end it with
    /// [`build_current_thread`](Builder::build_current_thread).
    ///
    /// The policy is [`Pinned`] unless set: nobody else is there to steal, so that the queue needs
    /// no atomic operation.
    pub fn builder() -> Builder<Pinned> {
        Builder::new().scheduler(Pinned::new())
    }

    pub(crate) fn new<S: Scheduler>(builder: Builder<S>) -> Self {
        let (shared, queues, _) = builder.assemble(1, false);
        let queue = queues.into_iter().next().expect("one worker was asked for");
        let worker = Worker::new(WorkerId::new(0), 0, shared.clone(), queue);
        CurrentThread {
            handle: Handle::new(shared),
            seat: Mutex::new(Seat::new(Box::new(worker))),
        }
    }

    /// The handle that spawns onto this executor, from any thread.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs `future` to its end on this thread, and the executor's tasks meanwhile.
    ///
    /// Tasks that are not done by then stay, and go on in the next call.
    ///
    /// # Panics
    ///
    /// When a task panics, or has before, and that is to
    /// [end the executor](Builder::shutdown_on_panic); and when the future panics.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        // SAFETY: the reference does not leave this function.
        let outer = unsafe { context::worker() }.filter(|worker| worker.serves(self.shared()));
        if let Some(outer) = outer {
            return self.drive(future, |main| outer.run_until_done(main));
        }
        match self.wait_for_seat(future.as_mut()) {
            Turn::Done(output) => output,
            // By value: the seat is free again before a panic begins.
            Turn::Drive(seat) => self.drive(future, move |main| seat.run(main)),
            Turn::Over => self.drive(future, |_| {}),
        }
    }

    fn shared(&self) -> &SharedRef {
        self.handle.shared()
    }

    /// Calls `run` with the future in the shape that a worker's loop takes.
    #[track_caller]
    fn drive<F: Future>(
        &self,
        mut future: Pin<&mut F>,
        run: impl FnOnce(&mut Main<'_>),
    ) -> F::Output {
        let budget = self.shared().settings.budget;
        let mut output = None;
        let mut poll = |cx: &mut Context<'_>| {
            match coop::with_budget(budget, || future.as_mut().poll(cx)) {
                Poll::Ready(ready) => output = Some(ready),
                Poll::Pending => {}
            }
            output.is_some()
        };
        let signal = Arc::new(Signal {
            woken: AtomicBool::new(true),
            shared: self.shared().clone(),
        });
        run(&mut Main {
            poll: &mut poll,
            waker: Waker::from(signal.clone()),
            signal,
        });
        output.unwrap_or_else(|| {
            panic!(
                "a task panicked, and this executor was built to shut down when one does: its own \
                 panic was reported before this one"
            )
        })
    }

    /// Drops every task, on this thread, and says how many there were.
    pub fn shutdown(self) -> ShutdownReport {
        self.end()
    }

    fn end(&self) -> ShutdownReport {
        // Nobody is in `block_on`: this is the only reference to the executor.
        let worker = self.seat.lock().clear();
        if let Some(worker) = worker {
            self.shared().close();
            worker.leave();
        }
        self.shared().shut_down(0, Duration::ZERO)
    }
}

impl Drop for CurrentThread {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for CurrentThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentThread").finish_non_exhaustive()
    }
}
