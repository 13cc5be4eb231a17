//! Rounds of child processes.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::options::Plan;
use crate::peers::{self, Flavour, Role};
use crate::record::{self, Record};
use crate::workloads::{SCALED, Setting, Workload};
use crate::{report, verdict};

/// A measurement may take this long; one that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A workload over a number of workers.
#[derive(Clone, Copy)]
pub struct Case {
    pub workload: &'static Workload,
    pub workers: usize,
}

impl Plan {
    /// What one round measures.
    fn cases(&self) -> Vec<Case> {
        let mut cases: Vec<_> = self.workloads.iter().map(|w| self.case(w)).collect();
        if !self.chosen {
            for workload in self.workloads.iter().filter(|w| SCALED.contains(&w.name)) {
                let other = [1, 2, 4, 8].into_iter().filter(|&n| n != self.workers);
                cases.extend(other.map(|workers| Case { workload, workers }));
            }
        }
        cases
    }

    /// The case of the main table.
    pub fn case(&self, workload: &'static Workload) -> Case {
        let workers = match workload.setting {
            Setting::OneCore => 1,
            _ => self.workers,
        };
        Case { workload, workers }
    }

    /// Who is measured in `case`: beside the main table only the runtimes that scale.
    fn peers_of(&self, case: Case) -> Vec<&'static str> {
        let main = case.workers == self.case(case.workload).workers;
        let scales = |name: &&str| {
            let peer = peers::ALL.iter().find(|peer| peer.name == *name);
            peer.is_some_and(|peer| {
                matches!(
                    peer.role,
                    Role::Subject(Flavour::Workers) | Role::Peer(Flavour::Workers)
                )
            })
        };
        let peers = self.peers.iter().copied();
        peers.filter(|name| main || scales(name)).collect()
    }
}

/// Runs the plan, round by round, and in each round case by case with the peers in turn.
pub fn run(plan: &Plan) -> Result<(), String> {
    let mut record = match plan.write || plan.resume {
        true => Record::open(plan.resume).map_err(|error| format!("cannot record: {error}"))?,
        false => Record::unwritten(),
    };
    let started = Instant::now();
    let mut failures = Vec::new();
    if plan.measure {
        let mut longest = Duration::ZERO;
        for round in 0..plan.rounds {
            let late = plan
                .budget
                .is_some_and(|budget| started.elapsed() + longest > budget);
            if round > 0 && late {
                break;
            }
            let began = Instant::now();
            self::round(plan, round, &mut record, &mut failures);
            longest = longest.max(began.elapsed());
            eprintln!(
                "round {} of at most {}: {} s",
                round + 1,
                plan.rounds,
                began.elapsed().as_secs()
            );
        }
    }
    for case in plan.cases() {
        println!("{}", verdict::line(plan, &record, case));
    }
    if !failures.is_empty() {
        return Err(format!(
            "some measurements failed:\n{}",
            failures.join("\n")
        ));
    }
    match plan.write {
        true => report::write(plan, &record).map_err(|error| format!("cannot write: {error}")),
        false => Ok(()),
    }
}

/// One round; what was measured before an interruption is not measured again.
fn round(plan: &Plan, round: usize, record: &mut Record, failures: &mut Vec<String>) {
    let cases = plan.cases();
    for (done, &case) in cases.iter().enumerate() {
        if round > 0 && case.workload.setting == Setting::Once {
            continue;
        }
        let mut peers = plan.peers_of(case);
        // Each round begins with another, so that none always follows the same one.
        let first = round % peers.len().max(1);
        peers.rotate_left(first);
        for peer in peers {
            if record.has(round, case, peer) || record.never(case, peer) {
                continue;
            }
            match measure(plan, peer, case) {
                Ok(figures) => record.add(round, case, peer, figures),
                Err(error) => {
                    eprintln!("{error}");
                    failures.push(error);
                }
            }
        }
        let line = verdict::line(plan, record, case);
        eprintln!(
            "[{}/{} of round {}] {line}",
            done + 1,
            cases.len(),
            round + 1
        );
    }
}

/// The figures from a process of its own; `None` if this peer does not do this workload.
fn measure(plan: &Plan, peer: &str, case: Case) -> Result<Option<Vec<f64>>, String> {
    let workload = case.workload;
    let scale = (workload.scale / plan.shrink).max(1);
    let what = format!("{peer}, {}", workload.name);
    let program = std::env::current_exe().map_err(|error| format!("{what}: {error}"))?;
    let mut child = Command::new(program)
        .args(["--child", peer, workload.name])
        .args([case.workers.to_string(), scale.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{what}: cannot start a measuring process: {error}"))?;
    let (stdout, stderr) = (text(child.stdout.take()), text(child.stderr.take()));
    let figures = stdout.recv_timeout(LIMIT);
    if figures.is_err() {
        // If it has just ended by itself, there is nothing to kill.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("{what}: {error}"))?;
    let said = stderr.recv().unwrap_or_default();
    match figures {
        Ok(figures) if status.success() => {
            record::parse(&figures).ok_or_else(|| format!("{what}: said {figures:?}; {said}"))
        }
        Ok(_) => Err(format!("{what}: {status}; {}", said.trim())),
        Err(_) => Err(format!("{what}: no end within {} s", LIMIT.as_secs())),
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
