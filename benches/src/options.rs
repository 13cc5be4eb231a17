//! The command line.

use crate::peers;
use crate::workloads::{self, Workload};

pub const HELP: &str = "\
Measures Plies and its peers side by side.

usage: cargo run --release -p plies-benches -- [OPTIONS]

  --quick              a smoke test: small scales, one round, nothing written
  --only WORKLOAD      this workload only (may be given several times)
  --peers A,B,..       these runtimes only (default: all)
  --rounds N           rounds over which medians are taken (default: 9)
  --workers N          worker threads of each runtime (default: 2)
  --write              write benches/RESULTS.md and benches/chart.svg
  --instructions       count instructions with callgrind instead of taking times
  --check              count, and fail if a path grew by over 2%
  --bless              count, and make these counts the baseline
  --list               list the workloads
  --help               this text";

/// What the command line asks for.
pub enum Command {
    Help,
    List,
    /// One measurement, in this process.
    Child {
        peer: String,
        workload: &'static Workload,
        workers: usize,
        scale: u64,
    },
    Compare(Plan),
    Instructions(Plan, Instructions),
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
    pub workloads: Vec<&'static Workload>,
    pub peers: Vec<&'static str>,
    pub rounds: usize,
    pub workers: usize,
    /// Divides every scale: 1 in a full run.
    pub shrink: u64,
    pub write: bool,
}

/// Parses the arguments behind the program's name.
pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut plan = Plan {
        workloads: Vec::new(),
        peers: peers::NAMES.to_vec(),
        rounds: 9,
        workers: 2,
        shrink: 1,
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
            "--only" => plan.workloads.push(workload(&value()?)?),
            "--rounds" => plan.rounds = positive("--rounds", &value()?)?,
            "--workers" => plan.workers = positive("--workers", &value()?)?,
            "--peers" => {
                plan.peers = value()?.split(',').map(peer).collect::<Result<_, _>>()?;
            }
            // What `cargo bench` adds by itself.
            "--bench" => {}
            "--child" => {
                return Ok(Command::Child {
                    peer: peer(&value()?)?.to_owned(),
                    workload: workload(&value()?)?,
                    workers: positive("--child", &value()?)?,
                    scale: positive("--child", &value()?)? as u64,
                });
            }
            _ => return Err(format!("unknown option {arg:?}; --help lists them")),
        }
    }
    if plan.workloads.is_empty() {
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
    let found = peers::NAMES.iter().find(|&&peer| peer == name);
    found
        .copied()
        .ok_or_else(|| format!("no peer {name:?}; there are {}", peers::NAMES.join(", ")))
}

fn positive(option: &str, text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!(
            "{option} takes a whole number above 0, not {text:?}"
        )),
    }
}
