//! The standard streams, in a process of their own: this test runs itself as a child.

mod util;

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::task::Poll;

use plies::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use util::{message, poll_once};

const ROLE: &str = "PLIES_STDIO_TEST";

/// Runs `role` of [`child`] on the runtime with the number `runtime`.
fn spawn(role: &str, runtime: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--quiet"])
        .env(ROLE, format!("{role} {runtime}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs `role` on every runtime with `input`; calls `check` with what it wrote to standard output
/// and standard error.
fn on_each(role: &str, input: &[u8], check: impl Fn(&[u8], &[u8])) {
    for runtime in 0..util::runtimes().len() {
        let mut child = spawn(role, runtime);
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input).unwrap());
            child.wait_with_output().unwrap()
        });
        assert!(
            output.status.success(),
            "{role} on {runtime}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        check(&output.stdout, &output.stderr);
    }
}

/// Whether `whole` has `part` somewhere in it.
fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

/// The child's part; does nothing when it is run as a test.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let (role, runtime) = role.split_once(' ').unwrap();
    let (_, runtime) = util::runtimes().swap_remove(runtime.parse().unwrap());
    match role {
        "copy" => runtime.block_on(copy()),
        "lines" => runtime.block_on(lines()),
        "cancel" => runtime.block_on(cancel()),
        "leave" => runtime.block_on(leave()),
        _ => panic!("no role {role}"),
    }
}

async fn copy() {
    let mut output = plies::io::stdout();
    plies::io::copy(&mut plies::io::stdin(), &mut output)
        .await
        .unwrap();
    output.flush().await.unwrap();
    let mut errors = plies::io::stderr();
    errors.write_all(b"copied").await.unwrap();
    errors.shutdown().await.unwrap();
}

async fn lines() {
    let mut lines = BufReader::new(plies::io::stdin()).lines();
    let mut output = plies::io::stdout();
    while let Some(line) = lines.next_line().await.unwrap() {
        output
            .write_all(format!("<{line}>").as_bytes())
            .await
            .unwrap();
        output.flush().await.unwrap();
    }
}

/// Drops a read of each byte half-way, again and again, and loses none.
async fn cancel() {
    let (mut input, mut output) = (plies::io::stdin(), plies::io::stdout());
    let mut all = Vec::new();
    loop {
        let mut byte = [0];
        match poll_once(input.read(&mut byte)) {
            Poll::Ready(count) if count.as_ref().unwrap() == &0 => break,
            Poll::Ready(_) => all.push(byte[0]),
            Poll::Pending => plies::task::yield_now().await,
        }
    }
    output.write_all(&all).await.unwrap();
    output.flush().await.unwrap();
}

/// Leaves writes behind that nobody waits for.
async fn leave() {
    plies::io::stdout().write_all(b"left behind").await.unwrap();
}

#[test]
fn input_is_copied_to_output() {
    let input: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    on_each("copy", &input, |output, errors| {
        assert!(contains(output, &input));
        assert!(contains(errors, b"copied"));
    });
}

#[test]
fn lines_come_as_they_are_typed() {
    for runtime in 0..util::runtimes().len() {
        let mut child = spawn("lines", runtime);
        let mut input = child.stdin.take().unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut heard = Vec::new();
        for line in ["one", "two"] {
            writeln!(input, "{line}").unwrap();
            while !contains(&heard, format!("<{line}>").as_bytes()) {
                let mut byte = [0];
                output.read_exact(&mut byte).unwrap();
                heard.push(byte[0]);
            }
        }
        drop(input);
        output.read_to_end(&mut heard).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_dropped_read_loses_nothing() {
    let input: Vec<u8> = (0..=255).collect();
    on_each("cancel", &input, |output, _| {
        assert!(contains(output, &input))
    });
}

#[test]
fn a_write_that_was_ready_is_done_though_the_runtime_ends() {
    on_each("leave", b"", |output, _| {
        assert!(contains(output, b"left behind"))
    });
}

#[test]
fn reading_outside_of_a_runtime_panics_and_says_what_to_do() {
    let mut input = plies::io::stdin();
    let read = std::panic::AssertUnwindSafe(|| poll_once(input.read(&mut [0])));
    let panic = std::panic::catch_unwind(read).unwrap_err();
    assert!(message(&*panic).contains("runtime"));
}
