//! Putting together what a builder describes: reactors, executor, blocking pool.

use std::io;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;

use plies_reactor::{Clock, Group, Reactor};
use plies_scheduler::{CurrentThread, Driver, Scheduler, ThreadPool, WorkStealing};

use super::{Builder, WorkStealingOptions};
use crate::blocking::BlockingPool;
use crate::runtime::driver::ReactorDriver;
use crate::runtime::executor::Executor;
use crate::runtime::handle::{Handle, Id, Shared};
use crate::runtime::threads::{ThreadConfig, ThreadName, call};
use crate::runtime::{Runtime, RuntimeFlavor, UnhandledPanic};

impl Builder {
    pub(super) fn assemble(&self) -> io::Result<Runtime> {
        let reactors = self.reactors()?;
        let shared = self.shared(&reactors);
        let executor = self.executor(reactors, &shared)?;
        // Nobody else sets it, so it was empty.
        let _ = shared.executor.set(executor.handle().clone());
        #[allow(unused_mut, reason = "without signals there is nothing to add")]
        let mut runtime = Runtime::assemble(Handle::from_shared(shared), executor);
        #[cfg(feature = "signal")]
        if let Some(kind) = self.dump_on_signal {
            runtime.dump_on_signal(kind)?;
        }
        Ok(runtime)
    }

    /// A reactor for each worker, all of them with one clock; several hand each other sources.
    fn reactors(&self) -> io::Result<Vec<Reactor>> {
        let count = match self.flavor {
            RuntimeFlavor::CurrentThread => 1,
            RuntimeFlavor::MultiThread => self.worker_threads.unwrap_or_else(processors),
        };
        let clock = Clock::new();
        #[cfg(feature = "time")]
        if self.start_paused {
            crate::time::start_paused(&clock);
        }
        let group = (count > 1 && has_processors(count)).then(Group::new);
        (0..count)
            .map(|_| self.reactor(clock.clone(), group.as_ref()))
            .collect()
    }

    fn reactor(&self, clock: Clock, group: Option<&Group>) -> io::Result<Reactor> {
        let mut builder = Reactor::builder().clock(clock);
        if let Some(group) = group {
            builder = builder.group(group);
        }
        if let Some(events) = self.event_capacity {
            builder = builder.event_capacity(events);
        }
        if let Some(events) = self.busy_event_capacity {
            builder = builder.busy_event_capacity(events);
        }
        builder.build()
    }

    fn shared(&self, reactors: &[Reactor]) -> Arc<Shared> {
        let blocking = BlockingPool::new(
            self.max_blocking_threads,
            self.thread_keep_alive,
            self.threads("plies-block-"),
        );
        Arc::new(Shared {
            executor: OnceLock::new(),
            reactors: reactors
                .iter()
                .map(|reactor| reactor.handle().clone())
                .collect(),
            next_reactor: AtomicUsize::new(0),
            clock: reactors[0].handle().clock().clone(),
            blocking,
            flavor: self.flavor,
            id: Id::next(),
            name: self.name.clone(),
        })
    }

    fn executor(&self, reactors: Vec<Reactor>, shared: &Arc<Shared>) -> io::Result<Executor> {
        Ok(match self.flavor {
            RuntimeFlavor::CurrentThread => {
                let builder = self.configure(CurrentThread::builder(), reactors, shared);
                Executor::CurrentThread(match &self.policy {
                    Some(policy) => policy.current_thread(builder),
                    None => builder.build_current_thread(),
                })
            }
            RuntimeFlavor::MultiThread => {
                let builder = ThreadPool::builder().workers(reactors.len());
                let builder = self.with_threads(self.configure(builder, reactors, shared));
                Executor::ThreadPool(match &self.policy {
                    Some(policy) => policy.thread_pool(builder)?,
                    None => builder.scheduler(self.work_stealing.scheduler()).build()?,
                })
            }
        })
    }

    /// What both kinds of executor are told.
    fn configure<S: Scheduler>(
        &self,
        builder: plies_scheduler::Builder<S>,
        reactors: Vec<Reactor>,
        shared: &Arc<Shared>,
    ) -> plies_scheduler::Builder<S> {
        let runtime = Arc::downgrade(shared);
        let parking = self.parking.clone();
        let mut reactors = reactors.into_iter();
        let mut builder = builder.driver(move |_| {
            let reactor = reactors.next().expect("there is a reactor for each worker");
            Arc::new(ReactorDriver::new(
                reactor,
                runtime.clone(),
                parking.clone(),
            )) as Arc<dyn Driver>
        });
        if self.unhandled_panic == UnhandledPanic::ShutdownRuntime {
            builder = builder.shutdown_on_panic(true);
        }
        if let Some(polls) = self.event_interval {
            builder = builder.event_interval(polls);
        }
        if let Some(budget) = self.budget {
            builder = builder.budget(budget);
        }
        if let Some(observer) = &self.observer {
            builder = builder.observer(observer.clone());
        }
        builder = builder.rescue(self.rescue.clone());
        if let Some(hook) = self.on_stall.clone() {
            builder = builder.on_stall(move |stall| hook(stall));
        }
        builder
    }

    fn with_threads(&self, builder: plies_scheduler::Builder) -> plies_scheduler::Builder {
        let ThreadConfig {
            name,
            stack_size,
            on_start,
            on_stop,
        } = self.threads("plies-worker-");
        let builder = builder
            .thread_name(move |_| name.next())
            .on_thread_start(move |_| call(&on_start))
            .on_thread_stop(move |_| call(&on_stop));
        match stack_size {
            Some(bytes) => builder.stack_size(bytes),
            None => builder,
        }
    }

    fn threads(&self, prefix: &'static str) -> ThreadConfig {
        ThreadConfig {
            name: self
                .thread_name
                .clone()
                .unwrap_or_else(|| ThreadName::numbered(prefix)),
            stack_size: self.thread_stack_size,
            on_start: self.on_thread_start.clone(),
            on_stop: self.on_thread_stop.clone(),
        }
    }
}

/// How many processors this process may use. To ask takes as long as to start a runtime on the
/// calling thread.
fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Is there a processor for each worker? Of more workers than that, which one runs where changes all
/// the time.
fn has_processors(workers: usize) -> bool {
    static FIRST_ANSWER: OnceLock<usize> = OnceLock::new();
    workers <= *FIRST_ANSWER.get_or_init(processors)
}

impl WorkStealingOptions {
    fn scheduler(self) -> WorkStealing {
        let mut scheduler = WorkStealing::new();
        if let Some(polls) = self.injector_interval {
            scheduler = scheduler.injector_interval(polls);
        }
        if self.without_lifo_slot {
            scheduler = scheduler.lifo_limit(0);
        }
        scheduler
    }
}
