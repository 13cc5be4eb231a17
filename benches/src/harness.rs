//! Rounds of child processes.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::options::Plan;
use crate::record::{self, Outcome, Record};
use crate::schedule::{Case, Part, Pass};
use crate::workloads::Setting;
use crate::{report, verdict};

/// A measurement may take this long; one that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs the plan, shows what it yielded, and writes it down if it is to be written. What failed is
/// missing from that, and makes this an error in the end.
pub fn run(plan: &Plan) -> Result<(), String> {
    let mut record = match plan.write || plan.resume {
        true => Record::open(plan.resume).map_err(|error| format!("cannot record: {error}"))?,
        false => Record::unwritten(),
    };
    if plan.measure {
        let mut clock = Clock::start(plan.budget);
        for pass in plan.passes() {
            run_pass(plan, pass, &mut record, &mut clock);
        }
        eprintln!("all of it took {} s", clock.started.elapsed().as_secs());
    }
    for part in [Part::Judged, Part::Beside] {
        for case in plan.cases(part) {
            println!("{}", verdict::line(plan, &record, part, case));
        }
    }
    if plan.write {
        report::write(plan, &record).map_err(|error| format!("cannot write: {error}"))?;
    }
    match record.failures() {
        [] => Ok(()),
        failures => {
            let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
            let failures = failures.join("\n  ");
            Err(format!("some measurements failed:\n  {failures}"))
        }
    }
}

/// How much time there is, and how long each case takes.
struct Clock {
    started: Instant,
    budget: Option<Duration>,
    longest: BTreeMap<(Part, &'static str, usize), Duration>,
}

impl Clock {
    fn start(budget: Option<Duration>) -> Self {
        Self {
            started: Instant::now(),
            budget,
            longest: BTreeMap::new(),
        }
    }

    /// Whether a case would end too late, going by the longest that it took before.
    fn too_late(&self, part: Part, case: Case) -> bool {
        let key = (part, case.workload.name, case.workers);
        let longest = self.longest.get(&key).copied().unwrap_or_default();
        let end = self.started.elapsed() + longest;
        self.budget.is_some_and(|budget| end > budget)
    }

    fn note(&mut self, part: Part, case: Case, took: Duration) {
        let key = (part, case.workload.name, case.workers);
        let longest = self.longest.entry(key).or_default();
        *longest = took.max(*longest);
    }
}

/// The rounds of one pass; what was measured before is not measured again.
fn run_pass(plan: &Plan, pass: Pass, record: &mut Record, clock: &mut Clock) {
    let cases = plan.cases(pass.part);
    for round in 0..pass.rounds {
        for (i, &case) in cases.iter().enumerate() {
            let once = case.workload.setting == Setting::Once;
            // The first round is whole, however long it takes.
            if round > 0 && (once || clock.too_late(pass.part, case)) {
                continue;
            }
            let began = Instant::now();
            if run_case(plan, pass.part, case, round, record) {
                clock.note(pass.part, case, began.elapsed());
                let line = verdict::line(plan, record, pass.part, case);
                eprintln!("[round {}, {}/{}] {line}", round + 1, i + 1, cases.len());
            }
        }
    }
}

/// Each runtime once; whether there was anything left to measure.
fn run_case(plan: &Plan, part: Part, case: Case, round: usize, record: &mut Record) -> bool {
    let mut measured = false;
    for peer in plan.peers_of(part, case, round) {
        if record.settled(round, case, peer) {
            continue;
        }
        measured = true;
        let outcome = measure(plan, peer, case);
        if let Err(why) = &outcome {
            eprintln!("{peer}, {}: {why}", case.workload.name);
        }
        record.add(round, case, peer, outcome);
    }
    measured
}

/// What a process of its own has to say.
fn measure(plan: &Plan, peer: &str, case: Case) -> Outcome {
    let scale = (case.workload.scale / plan.shrink).max(1);
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut child = Command::new(program)
        .args(["--child", peer, case.workload.name])
        .args([case.workers.to_string(), scale.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start a measuring process: {error}"))?;
    let (stdout, stderr) = (text(child.stdout.take()), text(child.stderr.take()));
    let figures = stdout.recv_timeout(LIMIT);
    if figures.is_err() {
        // If it has just ended by itself, there is nothing to kill.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    let said = stderr.recv().unwrap_or_default();
    match figures {
        Ok(figures) if status.success() => {
            record::parse(&figures).ok_or_else(|| format!("said {figures:?}; {}", said.trim()))
        }
        Ok(_) => Err(format!("{status} {}", said.trim())),
        Err(_) => Err(format!("no end within {} s", LIMIT.as_secs())),
    }
}

/// Reads to the end on a thread of its own, so that the wait for it can be bounded.
fn text(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        if let Some(mut pipe) = pipe {
            // What cannot be read is missing from what was said, and shows there.
            let _ = pipe.read_to_string(&mut text);
        }
        let _ = sender.send(text);
    });
    receiver
}
