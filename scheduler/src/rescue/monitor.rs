//! The monitor: samples the workers, sends help, starts spares, reports stalls.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use plies_shim::sync::atomic::Ordering;
use plies_shim::thread;

use super::judge::{History, Reading, Verdict};
use super::pace::{Outlook, Pace, Rest};
use super::spare::Vacancy;
use super::{Activity, Service, Stall};
use crate::WorkerId;
use crate::mutants::{Mutant, planted};
use crate::reference::SharedRef;
use crate::shared::{Remote, Shared};

/// What looks after the workers of one pool. It is told the time, and has no thread of its own.
pub(crate) struct Monitor {
    shared: SharedRef,
    threshold: Duration,
    watched: Vec<Watched>,
    // All polls that the workers had begun at the last sample.
    polls: u64,
}

/// What the monitor knows of one worker.
#[derive(Default)]
struct Watched {
    history: History,
    // The current stall was told to the hook and the observer.
    reported: bool,
    // A spare took its place, and this is what it was doing then.
    replaced: Option<Activity>,
}

impl Monitor {
    /// `None` if nobody is to look after these workers.
    pub(crate) fn new(shared: SharedRef) -> Option<Self> {
        let threshold = shared.service()?.threshold?;
        Some(Monitor {
            shared,
            threshold,
            watched: Vec::new(),
            polls: 0,
        })
    }

    /// Looks at every worker, and does what has to be done. `now` is counted from any moment, the
    /// same for each sample.
    pub(crate) fn sample(&mut self, now: Duration) -> Outlook {
        let shared = self.shared.clone();
        let Some(service) = shared.service() else {
            return Outlook::default();
        };
        let mut outlook = Outlook {
            wave: self.is_wave(),
            ..Outlook::default()
        };
        let mut polls = 0u64;
        let mut stalls = Vec::new();
        for (index, (id, remote)) in shared.all_workers().enumerate() {
            if self.watched.len() == index {
                self.watched.push(Watched::default());
            }
            let round = Round {
                service,
                id,
                remote,
                reading: Reading {
                    polls: remote.counters.polls.get(),
                    resting: remote.pulse.is_resting(),
                },
                now,
            };
            polls = polls.wrapping_add(round.reading.polls);
            self.look_at(index, &round, &mut outlook, &mut stalls);
        }
        outlook.stirred = std::mem::replace(&mut self.polls, polls) != polls;
        service.set_in_need(outlook.in_need);
        if outlook.in_need > 0 && shared.wake_helper() {
            service.counters.helps.fetch_add(1, Ordering::Relaxed);
        }
        stalls
            .into_iter()
            .for_each(|found| self.report(service, found));
        outlook
    }

    /// Judges one worker, and counts it.
    fn look_at(
        &mut self,
        index: usize,
        round: &Round<'_>,
        outlook: &mut Outlook,
        stalls: &mut Vec<Found>,
    ) {
        let (service, id, resting) = (round.service, round.id, round.reading.resting);
        let watched = &mut self.watched[index];
        let verdict = watched
            .history
            .judge(round.reading, round.now, self.threshold);
        round.keep_time(&self.shared, verdict);
        let post = service.post(round.remote.post());
        let on_duty = post.is_held_by(id);
        outlook.busy += usize::from(!resting);
        outlook.resting += usize::from(resting && on_duty);
        if on_duty {
            post.set_late(verdict != Verdict::Well);
        }
        if verdict != Verdict::Well && (on_duty || self.shared.has_queued(id)) {
            outlook.in_need += 1;
        }
        match verdict {
            Verdict::Stuck(elapsed) => stalls.extend(self.tend(index, round, on_duty, elapsed)),
            Verdict::Late(elapsed) => {
                if outlook.wave && on_duty && elapsed >= self.threshold / 4 {
                    self.replace_if_asleep(index, round);
                }
            }
            Verdict::Well => {
                watched.reported = false;
                watched.replaced = None;
            }
        }
    }

    /// Has a stuck worker replaced, if it is on duty; the stall is returned once, to be reported.
    fn tend(
        &mut self,
        index: usize,
        round: &Round<'_>,
        on_duty: bool,
        elapsed: Duration,
    ) -> Option<Found> {
        let watched = &mut self.watched[index];
        let wanted = on_duty && watched.replaced.is_none();
        let fresh = !std::mem::replace(&mut watched.reported, true);
        if !wanted && !fresh {
            return None;
        }
        let pulse = &round.remote.pulse;
        let activity = pulse.activity();
        let found = fresh.then(|| Found {
            stall: Stall::new(round.id, pulse.shown(), elapsed, activity),
            polls: round.reading.polls,
        });
        if wanted && self.may_replace(round.service, activity) {
            self.replace(index, round, activity);
        }
        found
    }

    /// Workers that compute are replaced up to a bound; those that sleep, always.
    fn may_replace(&mut self, service: &Service, activity: Activity) -> bool {
        activity == Activity::OffCpu
            || self.computing() < service.bounds.busy
            || self.look_again() < service.bounds.busy
    }

    /// How many of the replaced workers computed when somebody last looked.
    fn computing(&self) -> usize {
        let replaced = self.watched.iter().filter_map(|watched| watched.replaced);
        replaced.filter(|of| *of != Activity::OffCpu).count()
    }

    /// Looks what the replaced workers do by now; says how many compute.
    fn look_again(&mut self) -> usize {
        for ((_, remote), watched) in self.shared.all_workers().zip(&mut self.watched) {
            watched.replaced = watched.replaced.map(|_| remote.pulse.activity());
        }
        self.computing()
    }

    /// Is a worker that sleeps in the system replaced just now? Where one task blocks, others like it
    /// are about: they are replaced sooner, or each would hold up the rest for the threshold.
    ///
    /// One that computed when it was replaced may have been on its way to sleep: it is looked at again.
    fn is_wave(&mut self) -> bool {
        for ((_, remote), watched) in self.shared.all_workers().zip(&mut self.watched) {
            let computed = watched.replaced.filter(|of| *of != Activity::OffCpu);
            if computed.is_some() {
                watched.replaced = Some(remote.pulse.activity());
            }
            if watched.replaced == Some(Activity::OffCpu) {
                return true;
            }
        }
        false
    }

    fn replace_if_asleep(&mut self, index: usize, round: &Round<'_>) {
        let activity = round.remote.pulse.activity();
        let again = planted(Mutant::WaveReplacesAgain);
        if activity == Activity::OffCpu && (again || self.watched[index].replaced.is_none()) {
            self.replace(index, round, activity);
        }
    }

    fn replace(&mut self, index: usize, round: &Round<'_>, activity: Activity) {
        let vacancy = Vacancy {
            post: round.remote.post(),
            stuck: round.id,
            polls: round.reading.polls,
            announced: false,
        };
        if round.service.replace(&self.shared, vacancy) {
            self.watched[index].replaced = Some(activity);
        }
    }

    /// Tells the observer, the log and the hook, whose panics are contained.
    fn report(&self, service: &Service, found: Found) {
        #[cfg(feature = "stall-stack")]
        let found = match service.capture_stack {
            true => found.with_stack(&self.shared),
            false => found,
        };
        let stall = &found.stall;
        service.counters.stalls.fetch_add(1, Ordering::Relaxed);
        self.shared.watch.tell(|observer| observer.stalled(stall));
        #[cfg(feature = "tracing")]
        contain(|| super::warning::warn(stall));
        if let Some(hook) = &service.on_stall {
            contain(|| hook(stall));
        }
    }
}

/// Calls what is not the monitor's own code: its panic is its own.
fn contain(call: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(call));
}

/// A stall that is to be reported, and the number of the poll that it is in.
struct Found {
    stall: Stall,
    #[cfg_attr(not(feature = "stall-stack"), allow(dead_code))]
    polls: u64,
}

#[cfg(feature = "stall-stack")]
impl Found {
    /// With the stack of the worker, as long as that is in the same poll. The memory fence is the
    /// signal's: the thread has answered before this looks at its counter.
    fn with_stack(mut self, shared: &SharedRef) -> Self {
        let worker = shared.remote(self.stall.worker);
        let stack = worker.pulse.stack();
        if worker.counters.polls.get() == self.polls {
            self.stall.stack = stack;
        }
        self
    }
}

/// One worker in one sample.
#[derive(Clone, Copy)]
struct Round<'a> {
    service: &'a Service,
    id: WorkerId,
    remote: &'a Remote,
    reading: Reading,
    now: Duration,
}

impl Round<'_> {
    /// Looks at the clock for a worker that works.
    fn keep_time(&self, shared: &Shared, verdict: Verdict) {
        if !self.reading.resting {
            let now = shared.clock.stamp(self.id);
            self.remote.pulse.set_now(now);
            if verdict == Verdict::Well {
                self.remote.pulse.set_began(now);
            }
        }
    }
}

impl Monitor {
    /// Gives it a thread of its own, which ends when the executor closes.
    pub(crate) fn start(mut self) -> io::Result<()> {
        let thread = thread::Builder::new().name("plies-monitor".to_owned());
        thread.spawn(move || self.run()).map(drop)
    }

    fn run(&mut self) {
        let shared = self.shared.clone();
        let Some(service) = shared.service() else {
            return;
        };
        let at_rest = || {
            let mut workers = shared.all_workers();
            workers.all(|(_, remote)| remote.pulse.is_resting())
        };
        let (start, mut pace) = (Instant::now(), Pace::new(self.threshold));
        while !shared.watch.flags().is_closed() {
            match pace.rest(self.sample(start.elapsed())) {
                Rest::Nap(pause) => service.alarm.nap(pause),
                Rest::Sleep { then } => {
                    let asleep = start.elapsed();
                    service.alarm.sleep(at_rest);
                    pace.slept(start.elapsed() - asleep);
                    service.alarm.nap(then);
                }
            }
        }
    }
}
