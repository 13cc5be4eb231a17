//! Runs commands, each for as long as it may take, and says what became of each.
//!
//! ```text
//! cargo run --example commands                          # some commands of its own
//! cargo run --example commands -- 'make' 'make check'   # yours
//! ```

use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

use plies::process::Command;
use plies::task::JoinSet;
use plies::time::timeout;

/// How long each command may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// One that succeeds, one that fails, one that waits for ever, and one that does not exist.
const OWN: [&str; 4] = [
    "echo hello",
    "echo no >&2; exit 3",
    "exec sleep 600",
    "no-such-command",
];

#[plies::main]
async fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let commands = if given.is_empty() {
        OWN.map(String::from).to_vec()
    } else {
        given
    };

    // All of them at once; each is told of as it ends.
    let mut running: JoinSet<String> = commands.into_iter().map(report).collect();
    while let Some(line) = running.join_next().await {
        println!("{}", line.expect("a report does not panic"));
    }
}

async fn report(command: String) -> String {
    match timeout(PATIENCE, output(&command)).await {
        // Dropping the output's future has killed the command.
        Err(_) => format!("{command}: killed after {PATIENCE:?}"),
        Ok(Err(error)) => format!("{command}: {error}"),
        Ok(Ok(output)) => {
            let bytes = output.stdout.len() + output.stderr.len();
            format!("{command}: {}, {bytes} bytes written", output.status)
        }
    }
}

async fn output(command: &str) -> io::Result<Output> {
    let mut shell = Command::new("sh");
    // What is killed is the shell: a command that it should take along replaces it, by `exec`.
    shell.args(["-c", command]);
    shell.stdin(Stdio::null()).kill_on_drop(true).output().await
}
