//! The command line.

use std::time::Duration;

use crate::peers;
use crate::workloads::{self, Workload};

pub const HELP: &str = "\
Measures Plies and its peers side by side.

usage: cargo run --release -p plies-benches -- [OPTIONS]

  --quick              a smoke test: small scales, one round
  --only WORKLOAD      this workload only (may be given several times)
  --peers A,B,..       these runtimes only (default: all)
  --rounds N           rounds over which medians are taken (default: 9)
  --minutes N          start nothing that would end after N minutes, but for the first round, which
                       is whole; the verdicts have 5 rounds before anything else has more than one
  --resume             go on with the last run that was to --write, at the same commit
  --workers N          worker threads of each runtime (default: 2)
  --write              write benches/RESULTS.md and benches/chart.svg
  --report             write them from the figures of the last run, and measure nothing
  --instructions       count instructions with callgrind instead of taking times
  --check              count, and fail if a path grew by over 2%
  --bless              count, and make these counts the baseline
  --list               list the workloads and the runtimes
  --help               this text

monoio, compio and nexosim are measured too with `--features peers`.";

/// What the command line asks for.
pub enum Command {
    Help,
    List,
    Child(Child),
    Compare(Plan),
    Instructions(Plan, Instructions),
}

/// One measurement, in a process of its own.
pub struct Child {
    pub peer: &'static str,
    pub workload: &'static Workload,
    pub workers: usize,
    pub scale: u64,
}

/// What is done with counted instructions.
#[derive(Clone, Copy)]
pub enum Instructions {
    Show,
    Check,
    Bless,
}

/// One comparison: what is measured, on whom, how often.
pub struct Plan {
    /// In the order of the list; all of them unless some were named.
    pub workloads: Vec<&'static Workload>,
    /// Whether workloads were named: then the scaling is left out.
    pub chosen: bool,
    pub peers: Vec<&'static str>,
    pub rounds: usize,
    pub budget: Option<Duration>,
    pub resume: bool,
    pub workers: usize,
    /// Divides every scale: 1 in a full run.
    pub shrink: u64,
    pub measure: bool,
    pub write: bool,
}

/// Parses the arguments behind the program's name.
pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut plan = Plan {
        workloads: Vec::new(),
        chosen: false,
        peers: peers::ALL.iter().map(|peer| peer.name).collect(),
        rounds: 9,
        budget: None,
        resume: false,
        workers: 2,
        shrink: 1,
        measure: true,
        write: false,
    };
    let mut instructions = None;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} takes a value"));
        match arg.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            "--list" => return Ok(Command::List),
            "--quick" => (plan.rounds, plan.shrink) = (1, 50),
            "--instructions" => instructions = Some(Instructions::Show),
            "--check" => instructions = Some(Instructions::Check),
            "--bless" => instructions = Some(Instructions::Bless),
            "--write" => plan.write = true,
            "--report" => (plan.write, plan.resume, plan.measure) = (true, true, false),
            "--resume" => plan.resume = true,
            "--only" => plan.workloads.push(workload(&value()?)?),
            "--rounds" => plan.rounds = positive("--rounds", &value()?)?,
            "--minutes" => {
                let minutes = positive("--minutes", &value()?)? as u64;
                plan.budget = Some(Duration::from_secs(60 * minutes));
            }
            "--workers" => plan.workers = positive("--workers", &value()?)?,
            "--peers" => {
                plan.peers = value()?.split(',').map(peer).collect::<Result<_, _>>()?;
            }
            // What `cargo bench` adds by itself.
            "--bench" => {}
            "--child" => {
                return Ok(Command::Child(Child {
                    peer: peer(&value()?)?,
                    workload: workload(&value()?)?,
                    workers: positive("--child", &value()?)?,
                    scale: positive("--child", &value()?)? as u64,
                }));
            }
            _ => return Err(format!("unknown option {arg:?}; --help lists them")),
        }
    }
    plan.chosen = !plan.workloads.is_empty();
    if !plan.chosen {
        plan.workloads = workloads::ALL.iter().collect();
    }
    Ok(match instructions {
        Some(mode) => Command::Instructions(plan, mode),
        None => Command::Compare(plan),
    })
}

fn workload(name: &str) -> Result<&'static Workload, String> {
    workloads::ALL
        .iter()
        .find(|workload| workload.name == name)
        .ok_or_else(|| format!("no workload {name:?}; --list lists them"))
}

fn peer(name: &str) -> Result<&'static str, String> {
    let found = peers::ALL.iter().find(|peer| peer.name == name);
    found
        .map(|peer| peer.name)
        .ok_or_else(|| format!("no runtime {name:?} in this build; --list lists them"))
}

fn positive(option: &str, text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!(
            "{option} takes a whole number above 0, not {text:?}"
        )),
    }
}
