//! Instructions of the raw task cell, beside async-task's and tokio's.
//!
//! `cargo run --release -p plies-benches --bin task_cells` prints the table. Each figure is the
//! difference of two callgrind runs, so that start-up cancels; it repeats to the digit. The run fails
//! if plies-task needs more than async-task in any row, or more than the row allows.
//!
//! plies-task and async-task run over the same queue, a `VecDeque` of the thread. tokio's cell
//! cannot be had without its scheduler: its figures are those of its current-thread runtime, and
//! what they contain more is said at each.

mod cells;
mod peer_async_task;
mod peer_plies;
mod peer_tokio;

use std::process::{Command, ExitCode};

/// A workload on one peer: does the operation so many times.
type Workload = fn(u64);

struct Row {
    name: &'static str,
    /// More instructions than this on plies-task fail the run, as more than async-task's do.
    at_most: f64,
    plies: Workload,
    async_task: Workload,
    tokio: Option<Workload>,
}

const ROWS: &[Row] = &[
    Row {
        name: "spawn + run + join",
        at_most: 450.0,
        plies: peer_plies::spawn_run_join,
        async_task: peer_async_task::spawn_run_join,
        tokio: Some(peer_tokio::spawn_join),
    },
    Row {
        name: "spawn + run, detached",
        at_most: f64::INFINITY,
        plies: peer_plies::spawn_run_detached,
        async_task: peer_async_task::spawn_run_detached,
        tokio: Some(peer_tokio::spawn_detached),
    },
    Row {
        name: "spawn + waiting joiner + run + join",
        at_most: f64::INFINITY,
        plies: peer_plies::spawn_wait_join,
        async_task: peer_async_task::spawn_wait_join,
        tokio: None,
    },
    Row {
        name: "spawn + cancel + run + join",
        at_most: f64::INFINITY,
        plies: peer_plies::spawn_cancel_join,
        async_task: peer_async_task::spawn_cancel_join,
        tokio: Some(peer_tokio::spawn_cancel_join),
    },
    Row {
        name: "wake by reference + requeue + poll",
        at_most: 120.0,
        plies: peer_plies::wake_by_ref,
        async_task: peer_async_task::wake_by_ref,
        tokio: Some(peer_tokio::wake_by_ref),
    },
    Row {
        name: "store waker, wake it + requeue + poll",
        at_most: f64::INFINITY,
        plies: peer_plies::wake_stored,
        async_task: peer_async_task::wake_stored,
        tokio: Some(peer_tokio::wake_stored),
    },
    Row {
        name: "the same, shared queue behind an Arc",
        at_most: f64::INFINITY,
        plies: peer_plies::wake_stored_shared,
        async_task: peer_async_task::wake_stored_shared,
        tokio: None,
    },
    Row {
        name: "yield: wake during the poll + poll",
        at_most: f64::INFINITY,
        plies: peer_plies::yields,
        async_task: peer_async_task::yields,
        tokio: Some(peer_tokio::yields),
    },
];

const FEW: u64 = 2_000;
const MANY: u64 = 6_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => table(),
        ["--child", peer, row, times] => child(peer, row, times),
        _ => {
            eprintln!("task_cells takes no arguments: it prints one table");
            ExitCode::from(2)
        }
    }
}

fn table() -> ExitCode {
    println!(
        "{:<38} {:>8} {:>11} {:>9}",
        "instructions", "plies", "async-task", "tokio-ct"
    );
    let mut failed = false;
    for (index, row) in ROWS.iter().enumerate() {
        let (Some(plies), Some(other)) = (count("plies", index), count("async-task", index)) else {
            return ExitCode::FAILURE;
        };
        let tokio = row.tokio.and_then(|_| count("tokio", index));
        let tokio = tokio.map_or("–".into(), |count| format!("{count:.0}"));
        println!("{:<38} {plies:>8.0} {other:>11.0} {tokio:>9}", row.name);
        if plies > other || plies > row.at_most {
            println!("    FAILED: more than async-task, or than {}", row.at_most);
            failed = true;
        }
    }
    if failed {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Runs one workload in this process.
fn child(peer: &str, row: &str, times: &str) -> ExitCode {
    let (Ok(row), Ok(times)) = (row.parse::<usize>(), times.parse()) else {
        return ExitCode::from(2);
    };
    let Some(row) = ROWS.get(row) else {
        return ExitCode::from(2);
    };
    match peer {
        "plies" => (row.plies)(times),
        "async-task" => (row.async_task)(times),
        _ => row.tokio.expect("only asked for rows that have it")(times),
    }
    ExitCode::SUCCESS
}

/// Instructions an operation.
fn count(peer: &str, row: usize) -> Option<f64> {
    let few = collect(peer, row, FEW)?;
    let many = collect(peer, row, MANY)?;
    Some((many as f64 - few as f64) / (MANY - FEW) as f64)
}

/// All instructions of one process, or `None` after saying why there are none.
fn collect(peer: &str, row: usize, times: u64) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["--child", peer, &row.to_string(), &times.to_string()])
        .output();
    let said = match &output {
        Ok(output) => String::from_utf8_lossy(&output.stderr),
        Err(error) => {
            eprintln!("valgrind, which counts the instructions, cannot be started: {error}");
            return None;
        }
    };
    let count = said
        .lines()
        .find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    if count.is_none() {
        eprintln!("valgrind counted nothing:\n{said}");
    }
    count
}
