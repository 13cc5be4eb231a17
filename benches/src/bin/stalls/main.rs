//! What a task that blocks or computes does to everything else: Plies, tokio and smol side by side,
//! with the goals that Plies is held to.
//!
//! ```text
//! cargo run --release -p plies-benches --bin stalls [-- --quick | --rounds N | --only ROW | --cost]
//! ```
//!
//! Each figure comes from a process of its own, and the runtimes take turns within a round. Shown
//! are the median over the rounds and, in brackets, the worst. A row whose worst figure is beyond
//! its goal fails the run, unless it is a `--quick` one, which only shows that everything runs.
//! `--cost` measures what the rescue costs where nobody blocks: with it and without it, in turn.

#![forbid(unsafe_code)]

mod cost;
mod peer;
mod probe;
mod process;
mod report;
mod rows;

use std::process::ExitCode;

use process::{Child, Plan};

/// What the command line asks for.
enum Command {
    Child(Child),
    Compare(Plan),
    Cost(Plan),
}

fn main() -> ExitCode {
    let done = parse(std::env::args().skip(1)).and_then(|command| match command {
        Command::Child(child) => child.run(),
        Command::Compare(plan) => report::compare(&plan),
        Command::Cost(plan) => cost::compare(&plan).map(|()| true),
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("stalls: {error}");
            ExitCode::from(2)
        }
    }
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut plan = Plan {
        rounds: 5,
        quick: false,
        only: None,
    };
    let mut cost = false;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} takes a value"));
        match arg.as_str() {
            "--quick" => (plan.quick, plan.rounds) = (true, 1),
            "--cost" => cost = true,
            "--only" => {
                let row = value()?;
                if !rows::names().chain(cost::names()).any(|name| name == row) {
                    let names: Vec<_> = rows::names().chain(cost::names()).collect();
                    return Err(format!("no row {row:?}; there are {}", names.join(", ")));
                }
                plan.only = Some(row);
            }
            "--rounds" => {
                plan.rounds = value()?
                    .parse()
                    .ok()
                    .filter(|rounds| *rounds > 0)
                    .ok_or("--rounds takes a whole number above 0")?;
            }
            "--child" => {
                let child = Child::new(value()?, value()?, &value()?);
                return Ok(Command::Child(child));
            }
            _ => {
                return Err(format!(
                    "unknown option {arg:?}; see the head of its source"
                ));
            }
        }
    }
    Ok(match cost {
        true => Command::Cost(plan),
        false => Command::Compare(plan),
    })
}
