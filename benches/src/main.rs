//! Plies and its peers, measured side by side: each figure comes from a process of its own, the
//! runtimes take turns within each round, and what is reported is the median over the rounds.
//!
//! `cargo run --release -p plies-benches -- --write` runs everything and writes
//! `benches/RESULTS.md`; `-- --help` lists the options.

#![deny(unsafe_code)]

mod channel;
mod exchange;
mod goals;
mod harness;
mod heap;
mod http_service;
mod instructions;
mod machine;
mod options;
mod peer;
mod peers;
mod record;
mod report;
mod schedule;
mod verdict;
mod workloads;

use std::process::ExitCode;

use options::{Child, Command};

fn main() -> ExitCode {
    match options::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", options::HELP);
            ExitCode::SUCCESS
        }
        Ok(Command::List) => {
            list();
            ExitCode::SUCCESS
        }
        Ok(Command::Child(child)) => {
            println!("{}", measure(&child));
            ExitCode::SUCCESS
        }
        Ok(Command::Compare(plan)) => finish(harness::run(&plan)),
        Ok(Command::Instructions(plan, mode)) => finish(instructions::run(&plan, mode)),
        Err(error) => finish(Err(error)),
    }
}

fn list() {
    for workload in workloads::ALL {
        println!("{:<24} {}", workload.name, workload.what);
    }
    println!();
    for peer in peers::ALL {
        println!("{:<24} {}", peer.name, peer.what);
    }
}

/// Measures in this process: the figures, or `none` for a runtime that does not do this.
fn measure(child: &Child) -> String {
    let Child {
        peer,
        workload,
        workers,
        scale,
    } = child;
    if workload.setting == workloads::Setting::OneCore {
        machine::pin(usize::MAX);
    }
    match peers::measure(peer, workload, *workers, *scale) {
        Some(figures) => record::line_of(&figures),
        None => record::NONE.to_owned(),
    }
}

fn finish(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::from(2)
        }
    }
}
