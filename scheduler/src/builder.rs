//! Setting up an executor.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use plies_shim::thread;

use crate::coop::Budget;
use crate::queue::{Queue, Queues};
use crate::reference::SharedRef;
use crate::rescue::{Monitor, Service, StallHook};
use crate::shared::{Settings, Shared};
use crate::{
    CurrentThread, Driver, Observer, Rescue, Scheduler, Stall, ThreadParker, ThreadPool,
    WorkStealing, WorkerId,
};

type MakeDriver = Box<dyn FnMut(WorkerId) -> Arc<dyn Driver>>;
type StartThread = Box<dyn Fn(Box<dyn FnOnce() + Send>) + Send + Sync>;
pub(crate) type Hook = Arc<dyn Fn(WorkerId) + Send + Sync>;

/// Sets up a [`ThreadPool`] or a [`CurrentThread`]; made by their `builder` functions.
///
/// # Examples
///
/// ```
/// use plies_scheduler::{Fifo, ThreadPool};
///
/// let pool = ThreadPool::builder()
///     .workers(2)
///     .scheduler(Fifo::new())
///     .thread_name(|worker| format!("cpu-{}", worker.index()))
///     .build()?;
/// assert_eq!(pool.handle().workers(), 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a builder does nothing until built"]
pub struct Builder<S = WorkStealing> {
    pub(crate) workers: Option<usize>,
    scheduler: S,
    driver: MakeDriver,
    settings: Settings,
    observer: Option<Arc<dyn Observer>>,
    rescue: Rescue,
    on_stall: Option<StallHook>,
    pub(crate) threads: ThreadOptions,
}

/// What concerns the threads of a pool.
pub(crate) struct ThreadOptions {
    pub(crate) name: Box<dyn Fn(WorkerId) -> String + Send + Sync>,
    pub(crate) stack_size: Option<usize>,
    pub(crate) hooks: Hooks,
    start: Option<StartThread>,
}

impl ThreadOptions {
    /// Starts a worker's thread; `None` if it is the caller's own.
    pub(crate) fn start(
        &self,
        worker: WorkerId,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<Option<thread::JoinHandle<()>>> {
        if let Some(start) = &self.start {
            start(Box::new(run));
            return Ok(None);
        }
        let thread = thread::Builder::new().name((self.name)(worker));
        let thread = match self.stack_size {
            Some(bytes) => thread.stack_size(bytes),
            None => thread,
        };
        thread.spawn(run).map(Some)
    }
}

/// What a worker's thread calls first and last.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) start: Option<Hook>,
    pub(crate) stop: Option<Hook>,
}

/// Calls a hook, if there is one; contains its panics.
pub(crate) fn call(hook: &Option<Hook>, worker: WorkerId) {
    if let Some(hook) = hook {
        let _ = catch_unwind(AssertUnwindSafe(|| hook(worker)));
    }
}

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            workers: None,
            scheduler: WorkStealing::new(),
            driver: Box::new(|_| Arc::new(ThreadParker::new())),
            settings: Settings {
                budget: Budget::DEFAULT.units(),
                event_interval: 61,
                shutdown_on_panic: false,
            },
            observer: None,
            rescue: Rescue::default(),
            on_stall: None,
            threads: ThreadOptions {
                name: Box::new(|worker| format!("plies-worker-{}", worker.index())),
                stack_size: None,
                hooks: Hooks::default(),
                start: None,
            },
        }
    }
}

impl<S: Scheduler> Builder<S> {
    /// Sets the number of workers; by default one for each logical core. A [`CurrentThread`] has
    /// one, whatever is set here.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// Sets the policy that decides which task a worker polls next.
    pub fn scheduler<T: Scheduler>(self, scheduler: T) -> Builder<T> {
        let Builder {
            workers,
            scheduler: _,
            driver,
            settings,
            observer,
            rescue,
            on_stall,
            threads,
        } = self;
        Builder {
            workers,
            scheduler,
            driver,
            settings,
            observer,
            rescue,
            on_stall,
            threads,
        }
    }

    /// Sets what each worker sleeps on; by default a [`ThreadParker`]. Called once for each worker,
    /// in order, before any of them starts.
    pub fn driver(mut self, make: impl FnMut(WorkerId) -> Arc<dyn Driver> + 'static) -> Self {
        self.driver = Box::new(make);
        self
    }

    /// Sets the cooperative budget of each poll of a task that has none of its own.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.settings.budget = budget.units();
        self
    }

    /// Sets after how many polls a busy worker looks into its driver, and whether to wake another
    /// worker. 61 by default; 0 counts as 1. After a sleep that events ended which woke eight tasks or
    /// more, the first look comes after eight polls at most.
    pub fn event_interval(mut self, polls: u32) -> Self {
        self.settings.event_interval = polls.max(1);
        self
    }

    /// Sets whether a panic in a task ends the executor; if not, which is so unless set, it ends the
    /// task and nothing else.
    ///
    /// Every other task is dropped then, what is spawned is cancelled, and
    /// [`CurrentThread::block_on`] panics. The joiner of the task gets the panic in either case.
    ///
    /// # Examples
    ///
    /// ```
    /// use plies_scheduler::{ThreadPool, block_on};
    ///
    /// let pool = ThreadPool::builder().workers(1).shutdown_on_panic(true).build()?;
    /// let other = pool.handle().spawn(std::future::pending::<()>());
    /// assert!(block_on(pool.handle().spawn(async { panic!("the last straw") })).is_err());
    /// assert!(block_on(other).unwrap_err().is_cancelled());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_on_panic(mut self, shutdown: bool) -> Self {
        self.settings.shutdown_on_panic = shutdown;
        self
    }

    /// Sets who is told what happens; see [`Handle::observe`](crate::Handle::observe).
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Sets how a pool deals with workers that are stuck in one poll: after 10 ms others take over,
    /// unless set. A [`CurrentThread`] has no others.
    pub fn rescue(mut self, rescue: Rescue) -> Self {
        self.rescue = rescue;
        self
    }

    /// Sets what is told about each worker that is stuck in one poll: which task, and for how long.
    ///
    /// It is called once for each such poll, on the monitor's thread: what blocks in it holds up
    /// further rescues. A panic in it is contained. Without a rescue it is never called.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use plies_scheduler::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().on_stall(|stall| eprintln!("{stall}")).build()?;
    /// // task 7 'resize' spawned at src/main.rs:12:5 computes for 10.2ms without an await
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_stall(mut self, hook: impl Fn(&Stall) + Send + Sync + 'static) -> Self {
        self.on_stall = Some(Arc::new(hook));
        self
    }

    /// Sets how the workers' threads are named; spare ones have identifiers past the others'.
    pub fn thread_name(
        mut self,
        name: impl Fn(WorkerId) -> String + Send + Sync + 'static,
    ) -> Self {
        self.threads.name = Box::new(name);
        self
    }

    /// Sets the stack size of the workers' threads, in bytes.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.threads.stack_size = Some(bytes);
        self
    }

    /// Sets what each worker's thread calls before its first task. A panic in it is contained.
    pub fn on_thread_start(mut self, hook: impl Fn(WorkerId) + Send + Sync + 'static) -> Self {
        self.threads.hooks.start = Some(Arc::new(hook));
        self
    }

    /// Sets what each worker's thread calls after its last task. A panic in it is contained.
    pub fn on_thread_stop(mut self, hook: impl Fn(WorkerId) + Send + Sync + 'static) -> Self {
        self.threads.hooks.stop = Some(Arc::new(hook));
        self
    }

    /// For models: has `start` called in place of starting a thread, with what a worker does on it.
    ///
    /// The model decides which of its threads plays which worker; dropping such a pool does not end
    /// it, but [`shutdown`](ThreadPool::shutdown) does.
    #[doc(hidden)]
    pub fn start_threads_with(
        mut self,
        start: impl Fn(Box<dyn FnOnce() + Send>) + Send + Sync + 'static,
    ) -> Self {
        self.threads.start = Some(Box::new(start));
        self
    }

    /// Starts a pool.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for zero workers or more than [`WorkerId::MAX_WORKERS`]; otherwise what the
    /// operating system says when it cannot start a thread.
    pub fn build(self) -> io::Result<ThreadPool> {
        ThreadPool::start(self, false)
    }

    /// For tests and models: a pool whose monitor takes a sample when it is told the time.
    #[doc(hidden)]
    pub fn build_with_monitor(self) -> io::Result<(ThreadPool, impl FnMut(Duration) + Send)> {
        let pool = ThreadPool::start(self, true)?;
        let mut monitor = Monitor::new(pool.handle().shared().clone());
        let sample = move |now| {
            if let Some(monitor) = &mut monitor {
                monitor.sample(now);
            }
        };
        Ok((pool, sample))
    }

    /// Makes an executor that runs on the threads that wait in its
    /// [`block_on`](CurrentThread::block_on).
    pub fn build_current_thread(self) -> CurrentThread {
        CurrentThread::new(self.rescue(Rescue::off().max_spares(0)))
    }

    /// The shared part for `workers` workers, on threads of their own or on none; a queue for each,
    /// and what concerns their threads.
    pub(crate) fn assemble(
        mut self,
        workers: usize,
        threaded: bool,
    ) -> (SharedRef, Vec<Queue<S>>, ThreadOptions) {
        let ids = || (0..workers).map(WorkerId::new);
        let queues = Queues::new(self.scheduler);
        let drivers = ids().map(&mut *self.driver).collect();
        let service = Service::new(&self.rescue, self.on_stall, workers);
        let (settings, observer) = (self.settings, self.observer);
        let shared = Shared::create(
            queues.clone(),
            drivers,
            settings,
            observer,
            service,
            threaded,
        );
        let locals = ids()
            .map(|worker| Queue::new(queues.clone(), worker))
            .collect();
        (shared, locals, self.threads)
    }
}
