//! The parent's side: a child for each body, and the table.

use super::child::{FAILED, FINISHED, REQUEST, STARTED};
use super::explore::{BACKEND, WEAK_MEMORY};
use super::{Kind, Model};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// What became of one child.
struct Outcome {
    verdict: Verdict,
    iterations: u64,
    time: Duration,
    output: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Passed,
    /// The exploration ran into a failing execution.
    Failed,
    /// The child ended in no orderly way: killed by the time-out, or dead before it explored.
    Broken,
}

pub(super) fn run(models: &[Model]) -> ExitCode {
    let filter = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let wanted = |model: &Model| {
        filter
            .as_deref()
            .is_none_or(|part| model.name.contains(part))
    };
    println!(
        "{:<52} {:>10} {:>9}  planted bugs caught (in how many executions)",
        BACKEND, "executions", "time"
    );
    let started = Instant::now();
    let wanted: Vec<_> = models
        .iter()
        .enumerate()
        .filter(|(_, model)| wanted(model))
        .collect();
    let mut failures = 0;
    check_all(&wanted, |checked| {
        print!("{}", checked.lines);
        failures += usize::from(!checked.passed);
    });
    println!(
        "{} models in {:.1} s, {failures} failed",
        wanted.len(),
        started.elapsed().as_secs_f64()
    );
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What there is to print of a model.
struct Checked {
    lines: String,
    passed: bool,
}

/// Checks several models at a time, and tells of each in their order.
fn check_all(models: &[(usize, &Model)], mut tell: impl FnMut(Checked)) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let jobs = number("PLIES_MODEL_JOBS", cores as u64).max(1);
    // Relaxed: each index is given out once, and the models were there before the threads.
    let next = AtomicUsize::new(0);
    let (sender, checked) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some((index, model)) = models.get(position) else {
                        return;
                    };
                    // The receiver is there until all senders are gone.
                    let _ = sender.send((position, check(*index, model)));
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut told = 0;
        for (position, one) in checked {
            early.insert(position, one);
            while let Some(one) = early.remove(&told) {
                tell(one);
                told += 1;
            }
        }
    });
}

/// Runs one model and its planted bugs, and tells whether all went as expected.
fn check(index: usize, model: &Model) -> Checked {
    let outcome = observe(&index.to_string());
    let mut complaints = Vec::new();
    match outcome.verdict {
        Verdict::Passed if WEAK_MEMORY && outcome.iterations < model.floor => {
            complaints.push(format!(
                "explored {} executions, fewer than the floor of {}: loom sees too little of what this \
                 code synchronises through. Write it over plies_shim's atomics and locks in place of \
                 std's or another crate's, or model a queue of the same contract",
                outcome.iterations, model.floor
            ))
        }
        Verdict::Passed => {}
        _ => complaints.push(format!("failed:\n{}", outcome.output)),
    }
    let mut caught = Vec::new();
    for (number, bug) in model.bugs.iter().enumerate() {
        if bug.kind != Kind::Bug && !WEAK_MEMORY {
            continue;
        }
        let outcome = observe(&format!("{index}/{number}"));
        match outcome.verdict {
            Verdict::Passed if bug.kind == Kind::Blind && outcome.iterations < model.floor => {
                caught.push(format!("{} ({}, blind)", bug.name, outcome.iterations))
            }
            Verdict::Passed if bug.kind == Kind::Blind => complaints.push(format!(
                "{}: {} executions of what loom does not see, and a floor of {}: raise it",
                bug.name, outcome.iterations, model.floor
            )),
            Verdict::Failed if bug.kind == Kind::Blind => {
                complaints.push(format!("{}: failed:\n{}", bug.name, outcome.output))
            }
            Verdict::Failed if outcome.iterations == 0 => {
                caught.push(format!("{} (crash)", bug.name))
            }
            Verdict::Failed => caught.push(format!("{} ({})", bug.name, outcome.iterations)),
            Verdict::Passed => complaints.push(format!("did not catch: {}", bug.name)),
            Verdict::Broken => complaints.push(format!("{}: broke:\n{}", bug.name, outcome.output)),
        }
    }
    let mut lines = format!(
        "{:<52} {:>10} {:>7.2} s  {}\n",
        model.name,
        outcome.iterations,
        outcome.time.as_secs_f64(),
        caught.join(", ")
    );
    for complaint in &complaints {
        writeln!(lines, "    FAILED: {complaint}").expect("a string takes all");
    }
    Checked {
        lines,
        passed: complaints.is_empty(),
    }
}

/// Runs one body in a child process.
fn observe(request: &str) -> Outcome {
    let started = Instant::now();
    let mut child = Command::new(std::env::current_exe().expect("this executable has a path"))
        .env(REQUEST, request)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this executable can be started again");
    let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let exit = wait(&mut child);
    let out = out.join().unwrap_or_default();
    let err = err.join().unwrap_or_default();
    let verdict = match exit {
        Some(true) if field(&out, FINISHED).is_some() => Verdict::Passed,
        Some(false) if out.contains(STARTED) => Verdict::Failed,
        _ => Verdict::Broken,
    };
    let iterations = field(&out, FINISHED).or(field(&out, FAILED)).unwrap_or(0);
    Outcome {
        verdict,
        iterations,
        time: started.elapsed(),
        output: tail(&err, 40),
    }
}

/// Reads a pipe to its end on a thread, so that a talkative child never blocks.
fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A broken pipe ends the output early, which the verdict then shows.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// `Some(success)` when the child ended by itself, `None` when it was killed for taking too long.
fn wait(child: &mut Child) -> Option<bool> {
    let deadline = Instant::now() + Duration::from_secs(number("PLIES_MODEL_TIMEOUT", 900));
    loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return Some(status.success());
        }
        if Instant::now() > deadline {
            // It may end by itself right now; either way it is gone after `wait`.
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The number behind `word` at the start of a line.
fn field(output: &str, word: &str) -> Option<u64> {
    let line = output.lines().find(|line| line.starts_with(word))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// A number from the environment.
pub(super) fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}
