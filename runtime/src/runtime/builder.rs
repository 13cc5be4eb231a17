//! Configuring a runtime.

mod assemble;
mod events;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use plies_scheduler::coop::Budget;
use plies_scheduler::{Observer, Rescue, Scheduler, Stall};

use super::driver::ParkHooks;
use super::executor::Policy;
use super::threads::{Hook, ThreadName};
use super::{Runtime, RuntimeFlavor, UnhandledPanic};
#[cfg(feature = "signal")]
use crate::signal::unix::SignalKind;

/// Configures a [`Runtime`].
///
/// # Examples
///
/// ```
/// use plies::runtime::Builder;
///
/// let runtime = Builder::new_multi_thread()
///     .worker_threads(2)
///     .thread_name("my-server")
///     .thread_stack_size(3 * 1024 * 1024)
///     .build()?;
/// # drop(runtime);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Builder {
    pub(super) flavor: RuntimeFlavor,
    name: Option<String>,
    worker_threads: Option<usize>,
    event_interval: Option<u32>,
    event_capacity: Option<usize>,
    busy_event_capacity: Option<usize>,
    pub(super) unhandled_panic: UnhandledPanic,
    budget: Option<Budget>,
    observer: Option<Arc<dyn Observer>>,
    rescue: Rescue,
    on_stall: Option<StallHook>,
    start_paused: bool,
    policy: Option<Policy>,
    work_stealing: WorkStealingOptions,
    max_blocking_threads: usize,
    thread_keep_alive: Duration,
    thread_name: Option<ThreadName>,
    thread_stack_size: Option<usize>,
    on_thread_start: Option<Hook>,
    on_thread_stop: Option<Hook>,
    parking: ParkHooks,
    #[cfg(feature = "signal")]
    dump_on_signal: Option<SignalKind>,
}

type StallHook = Arc<dyn Fn(&Stall) + Send + Sync>;

/// What can be changed about the default scheduler.
#[derive(Clone, Copy, Debug, Default)]
struct WorkStealingOptions {
    injector_interval: Option<u32>,
    without_lifo_slot: bool,
}

impl Builder {
    /// A runtime that runs tasks on the thread that is in
    /// [`block_on`](Runtime::block_on), and only meanwhile.
    #[must_use]
    pub fn new_current_thread() -> Self {
        Self::new(RuntimeFlavor::CurrentThread)
    }

    /// A runtime that runs tasks on threads of its own.
    #[must_use]
    pub fn new_multi_thread() -> Self {
        Self::new(RuntimeFlavor::MultiThread)
    }

    fn new(flavor: RuntimeFlavor) -> Self {
        Self {
            flavor,
            name: None,
            worker_threads: None,
            event_interval: None,
            event_capacity: None,
            busy_event_capacity: None,
            unhandled_panic: UnhandledPanic::Ignore,
            budget: None,
            observer: None,
            rescue: Rescue::new(),
            on_stall: None,
            start_paused: false,
            policy: None,
            work_stealing: WorkStealingOptions::default(),
            max_blocking_threads: 512,
            thread_keep_alive: Duration::from_secs(10),
            thread_name: None,
            thread_stack_size: None,
            on_thread_start: None,
            on_thread_stop: None,
            parking: ParkHooks::default(),
            #[cfg(feature = "signal")]
            dump_on_signal: None,
        }
    }

    /// Enables I/O and timers. They always are: code written for tokio can keep the call.
    pub fn enable_all(&mut self) -> &mut Self {
        self
    }

    /// Enables I/O. It always is: code written for tokio can keep the call.
    pub fn enable_io(&mut self) -> &mut Self {
        self
    }

    /// Enables timers. They always are: code written for tokio can keep the call.
    pub fn enable_time(&mut self) -> &mut Self {
        self
    }

    /// Sets how many workers run tasks; one for each logical core unless set. A `current_thread`
    /// runtime has one, whatever is set here.
    ///
    /// # Panics
    ///
    /// When `count` is zero: tasks would never run.
    #[track_caller]
    pub fn worker_threads(&mut self, count: usize) -> &mut Self {
        assert!(
            count > 0,
            "a runtime needs a worker: call `worker_threads` with 1 or more"
        );
        self.worker_threads = Some(count);
        self
    }

    /// Sets the name of the runtime, for [`Handle::name`](super::Handle::name).
    ///
    /// # Panics
    ///
    /// When the name is empty, or nothing but white space.
    #[track_caller]
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        let name = name.into();
        assert!(
            !name.trim().is_empty(),
            "a runtime's name has to be readable: call `name` with a text, or not at all"
        );
        self.name = Some(name);
        self
    }

    /// Sets what decides which ready task a worker polls next; work stealing unless set. A
    /// `current_thread` runtime, where nobody is to steal from, has one queue then, first in, first
    /// out ([`Pinned`](crate::scheduler::Pinned)).
    ///
    /// `make` is called for each runtime that is built. The schedulers that come with the runtime
    /// are in [`plies::scheduler`](crate::scheduler), and so is the trait to write one.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies::runtime::Builder;
    /// use plies::scheduler::Fifo;
    ///
    /// let runtime = Builder::new_multi_thread().scheduler(Fifo::new).build()?;
    /// assert_eq!(runtime.block_on(async { plies::spawn(async { 7 }).await }).unwrap(), 7);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn scheduler<S: Scheduler>(
        &mut self,
        make: impl Fn() -> S + Send + Sync + 'static,
    ) -> &mut Self {
        self.policy = Some(Arc::new(make));
        self
    }

    /// Sets who is told of every spawn, wake, poll, sleep and steal; nobody unless set.
    ///
    /// [`Handle::observe`](super::Handle::observe) sets another one, or none, while the runtime runs.
    pub fn observer(&mut self, observer: Arc<dyn Observer>) -> &mut Self {
        self.observer = Some(observer);
        self
    }

    /// Sets what becomes of a worker that one task keeps busy or blocks; unless set, others take
    /// over after ten milliseconds.
    ///
    /// The workers of a `current_thread` runtime are the threads in its `block_on`: nobody can
    /// take their place, whatever is set here.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies::runtime::{Builder, Rescue};
    /// use plies::time::Duration;
    ///
    /// let patient = Rescue::new().threshold(Duration::from_millis(50)).max_spares(8);
    /// let runtime = Builder::new_multi_thread().rescue(patient).build()?;
    /// # drop(runtime);
    /// let without = Builder::new_multi_thread().rescue(Rescue::off()).build()?;
    /// # drop(without);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn rescue(&mut self, rescue: Rescue) -> &mut Self {
        self.rescue = rescue;
        self
    }

    /// Sets what is told of each poll that takes the [rescue](Self::rescue)'s threshold or longer:
    /// which task it is, where it was spawned, and whether it computes or blocks its thread.
    ///
    /// It is called once for each such poll, while the poll goes on, after somebody was sent to take
    /// over. It runs on the monitor's thread, which is inside of no runtime, and should be short: as
    /// long as it takes, nobody else is rescued. A panic in it is contained.
    ///
    /// Never called where there is no rescue: after [`Rescue::off`], and on a `current_thread`
    /// runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies::runtime::Builder;
    ///
    /// let (tell, told) = std::sync::mpsc::channel();
    /// let runtime = Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_stall(move |stall| {
    ///         eprintln!("{stall}");
    ///         let _ = tell.send(stall.task());
    ///     })
    ///     .build()?;
    /// // It blocks its worker until its own stall is reported.
    /// let blocked = runtime.spawn(async move { told.recv().unwrap() });
    /// let id = blocked.id();
    /// assert_eq!(runtime.block_on(blocked).unwrap(), Some(id.get()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_stall(&mut self, hook: impl Fn(&Stall) + Send + Sync + 'static) -> &mut Self {
        self.on_stall = Some(Arc::new(hook));
        self
    }

    /// Sets the [budget](crate::task::coop) of each poll; 128 units unless set.
    pub fn budget(&mut self, budget: Budget) -> &mut Self {
        self.budget = Some(budget);
        self
    }

    /// Sets after how many polls a busy worker looks for I/O and timers; 61 unless set.
    ///
    /// # Panics
    ///
    /// When `polls` is zero.
    #[track_caller]
    pub fn event_interval(&mut self, polls: u32) -> &mut Self {
        assert!(polls > 0, "call `event_interval` with 1 or more");
        self.event_interval = Some(polls);
        self
    }

    /// Sets what a panic in a task means for the others; nothing unless set.
    ///
    /// # Panics
    ///
    /// When a `multi_thread` runtime is to shut down: the threads in its `block_on` wait for their
    /// future alone, and nobody could tell them.
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// use plies::runtime::{Builder, UnhandledPanic};
    ///
    /// let runtime = Builder::new_current_thread()
    ///     .unhandled_panic(UnhandledPanic::ShutdownRuntime)
    ///     .build()
    ///     .unwrap();
    /// runtime.spawn(async { panic!("out of order") });
    /// runtime.block_on(std::future::pending::<()>()); // Panics, instead of waiting for ever.
    /// ```
    #[track_caller]
    pub fn unhandled_panic(&mut self, behavior: UnhandledPanic) -> &mut Self {
        assert!(
            self.flavor == RuntimeFlavor::CurrentThread || behavior == UnhandledPanic::Ignore,
            "`UnhandledPanic::ShutdownRuntime` needs `Builder::new_current_thread()`: a thread in \
             `block_on` of a multi-threaded runtime could not be told",
        );
        self.unhandled_panic = behavior;
        self
    }

    /// Sets after how many polls a busy worker looks for tasks spawned from outside; 61 unless
    /// set. A scheduler of your own has a rule of its own, and a `current_thread` runtime looks
    /// before each poll.
    ///
    /// # Panics
    ///
    /// When `polls` is zero.
    #[track_caller]
    pub fn global_queue_interval(&mut self, polls: u32) -> &mut Self {
        assert!(polls > 0, "call `global_queue_interval` with 1 or more");
        self.work_stealing.injector_interval = Some(polls);
        self
    }

    /// Makes a task that was just woken queue like every other, instead of running next. A
    /// scheduler of your own has a rule of its own, and on a `current_thread` runtime it always
    /// queues.
    pub fn disable_lifo_slot(&mut self) -> &mut Self {
        self.work_stealing.without_lifo_slot = true;
        self
    }

    /// Sets how many threads [`spawn_blocking`](crate::task::spawn_blocking) may use; 512 unless
    /// set. Further functions wait for one of them.
    ///
    /// # Panics
    ///
    /// When `count` is zero.
    #[track_caller]
    pub fn max_blocking_threads(&mut self, count: usize) -> &mut Self {
        assert!(count > 0, "call `max_blocking_threads` with 1 or more");
        self.max_blocking_threads = count;
        self
    }

    /// Sets how long a blocking thread without work stays; ten seconds unless set.
    pub fn thread_keep_alive(&mut self, idle: Duration) -> &mut Self {
        self.thread_keep_alive = idle;
        self
    }

    /// Sets the name of all threads of the runtime; `plies-worker-N` and `plies-block-N` unless
    /// set.
    pub fn thread_name(&mut self, name: impl Into<String>) -> &mut Self {
        let name = name.into();
        self.thread_name_fn(move || name.clone())
    }

    /// Sets what names each thread of the runtime.
    pub fn thread_name_fn<F>(&mut self, name: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.thread_name = Some(ThreadName::Function(Arc::new(name)));
        self
    }

    /// Sets the stack size of the runtime's threads in bytes; two mebibytes unless set.
    pub fn thread_stack_size(&mut self, bytes: usize) -> &mut Self {
        self.thread_stack_size = Some(bytes);
        self
    }

    /// Sets what each thread of the runtime, worker or blocking, calls first.
    pub fn on_thread_start<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.on_thread_start = Some(Arc::new(hook));
        self
    }

    /// Sets what each thread of the runtime, worker or blocking, calls last.
    pub fn on_thread_stop<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.on_thread_stop = Some(Arc::new(hook));
        self
    }

    /// Sets what a worker calls before it goes to sleep for lack of work.
    pub fn on_thread_park<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.parking.park = Some(Arc::new(hook));
        self
    }

    /// Sets what a worker calls after it was woken.
    pub fn on_thread_unpark<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.parking.unpark = Some(Arc::new(hook));
        self
    }

    /// Has the runtime print a [dump](super::Handle::dump) to the standard error at each of these
    /// signals, which do nothing else to the process any more: `SIGUSR1` by custom.
    ///
    /// A thread of its own prints, and sleeps until then: it works while every worker is stuck, and
    /// while the runtime shuts down. The last call counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies::runtime::Builder;
    /// use plies::signal::unix::SignalKind;
    ///
    /// let runtime = Builder::new_multi_thread()
    ///     .dump_on_signal(SignalKind::user_defined1())
    ///     .build()?;
    /// // From a shell: kill -USR1 PID
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "signal")]
    pub fn dump_on_signal(&mut self, kind: SignalKind) -> &mut Self {
        self.dump_on_signal = Some(kind);
        self
    }

    /// Sets whether the runtime starts with its clock [paused](crate::time::pause).
    ///
    /// Only a `current_thread` runtime can: [`build`](Self::build) panics for the other.
    #[cfg(feature = "time")]
    pub fn start_paused(&mut self, paused: bool) -> &mut Self {
        self.start_paused = paused;
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a thread, a selector, or a handler for the signal of
    /// `dump_on_signal`; and when there are more workers than an executor can number (65,534).
    ///
    /// # Panics
    ///
    /// When a `multi_thread` runtime should start with its clock paused.
    #[track_caller]
    pub fn build(&mut self) -> io::Result<Runtime> {
        let multi_thread = self.flavor == RuntimeFlavor::MultiThread;
        assert!(
            !(multi_thread && self.start_paused),
            "`start_paused` needs `Builder::new_current_thread()`: on several workers time cannot \
             stand still",
        );
        self.assemble()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("flavor", &self.flavor)
            .field("name", &self.name)
            .field("worker_threads", &self.worker_threads)
            .field("max_blocking_threads", &self.max_blocking_threads)
            .finish_non_exhaustive()
    }
}
