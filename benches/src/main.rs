//! Plies and its peers, measured side by side: each figure comes from a process of its own, the
//! runtimes take turns within each round, and what is reported is the median over the rounds.
//!
//! `cargo run --release -p plies-benches` runs everything and writes `benches/RESULTS.md`;
//! `-- --help` lists the options.

#![forbid(unsafe_code)]

mod channel;
mod echo;
mod harness;
mod instructions;
mod options;
mod peer;
mod peers;
mod report;
mod workloads;

use std::process::ExitCode;

use options::Command;

fn main() -> ExitCode {
    match options::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", options::HELP);
            ExitCode::SUCCESS
        }
        Ok(Command::List) => {
            for workload in workloads::ALL {
                println!("{:<24} {}", workload.name, workload.what);
            }
            ExitCode::SUCCESS
        }
        Ok(Command::Child {
            peer,
            workload,
            workers,
            scale,
        }) => {
            println!("{}", peers::measure(&peer, workload, workers, scale));
            ExitCode::SUCCESS
        }
        Ok(Command::Compare(plan)) => match harness::run(&plan) {
            Ok(table) => report::publish(&plan, &table),
            Err(error) => fail(&error),
        },
        Ok(Command::Instructions(plan, mode)) => match instructions::run(&plan, mode) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        Err(error) => fail(&error),
    }
}

fn fail(error: &str) -> ExitCode {
    eprintln!("compare: {error}");
    ExitCode::from(2)
}
