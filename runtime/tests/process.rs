//! Child processes.

mod util;

use std::future::poll_fn;
use std::os::unix::process::ExitStatusExt;
use std::panic::catch_unwind;
use std::pin::pin;
use std::process::Stdio;
use std::task::Poll;

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::process::{Child, Command};
use util::{message, on_each, spawn_on_each};

/// A shell that runs `script`.
fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null());
    command
}

/// A process that runs until its input ends.
fn until_input_ends() -> Command {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Whether a process is there, be it as a zombie.
fn exists(id: u32) -> bool {
    // SAFETY: signal 0 is sent to nobody; the call only checks that the process is there.
    unsafe { libc::kill(id.try_into().unwrap(), 0) == 0 }
}

async fn until_reaped(id: u32) {
    while exists(id) {
        plies::task::yield_now().await;
    }
}

#[test]
fn the_end_of_a_process_is_told() {
    spawn_on_each(|| async {
        assert_eq!(shell("exit 7").status().await.unwrap().code(), Some(7));
        let killed = shell("kill -9 $$").status().await.unwrap();
        assert_eq!(killed.signal(), Some(libc::SIGKILL));
        assert!(Command::new("/does/not/exist").status().await.is_err());
    });
}

#[test]
fn output_is_read_from_both_streams_at_once() {
    spawn_on_each(|| async {
        // More than a pipe holds, on each, in turn.
        let part = "head -c 100000 /dev/zero";
        let script = format!("{part} >&2; {part}; {part} >&2; {part}; exit 3");
        let output = shell(&script).output().await.unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(
            (output.stdout.len(), output.stderr.len()),
            (200_000, 200_000)
        );
    });
}

#[test]
fn a_process_is_talked_to() {
    spawn_on_each(|| async {
        let mut child = until_input_ends().spawn().unwrap();
        let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        for word in ["one", "two", "three"] {
            input.write_all(word.as_bytes()).await.unwrap();
            let mut back = vec![0; word.len()];
            output.read_exact(&mut back).await.unwrap();
            assert_eq!(back, word.as_bytes());
        }
        drop(input);
        assert_eq!(output.read(&mut [0; 8]).await.unwrap(), 0);
        assert!(child.wait().await.unwrap().success());
    });
}

#[test]
fn much_goes_through_a_process() {
    spawn_on_each(|| async {
        let mut child = until_input_ends().spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let bytes: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
        let written = bytes.clone();
        let writing = plies::spawn(async move { input.write_all(&written).await });
        assert!(child.wait_with_output().await.unwrap().stdout == bytes);
        writing.await.unwrap().unwrap();
    });
}

#[test]
fn waiting_closes_the_input_and_can_be_repeated() {
    spawn_on_each(|| async {
        let mut child = until_input_ends().spawn().unwrap();
        assert!(child.id().is_some_and(exists));
        assert!(child.try_wait().unwrap().is_none());
        let first = child.wait().await.unwrap();
        assert_eq!(child.wait().await.unwrap(), first);
        assert_eq!(child.try_wait().unwrap(), Some(first));
        assert_eq!(child.id(), None);
        child.start_kill().unwrap();
        child.kill().await.unwrap();
    });
}

#[test]
fn a_dropped_wait_loses_nothing() {
    spawn_on_each(|| async {
        let mut child = until_input_ends().spawn().unwrap();
        let input = child.stdin.take();
        {
            let mut wait = pin!(child.wait());
            let first = poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await;
            assert!(first);
        }
        drop(input);
        assert!(child.wait().await.unwrap().success());
    });
}

#[test]
fn a_process_is_killed() {
    spawn_on_each(|| async {
        let mut child = until_input_ends().spawn().unwrap();
        child.kill().await.unwrap();
        let status = child.wait().await.unwrap();
        assert_eq!(status.signal(), Some(libc::SIGKILL));
    });
}

#[test]
fn a_dropped_child_is_killed_if_asked_for_and_reaped() {
    spawn_on_each(|| async {
        let mut command = until_input_ends();
        assert!(!command.get_kill_on_drop());
        command.kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        // Kept open: nothing but a kill ends it.
        let _input = child.stdin.take();
        let id = child.id().unwrap();
        drop(child);
        until_reaped(id).await;
    });
}

#[test]
fn a_dropped_child_goes_on_and_is_reaped_when_it_ends() {
    spawn_on_each(|| async {
        let mut child = until_input_ends().spawn().unwrap();
        let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let id = child.id().unwrap();
        drop(child);
        input.write_all(b"x").await.unwrap();
        assert_eq!(output.read_u8().await.unwrap(), b'x');
        drop(input);
        until_reaped(id).await;
    });
}

#[test]
fn what_outlives_its_runtime_is_reaped_with_the_next_child() {
    for (name, runtime) in util::runtimes() {
        println!("on {name}");
        let (child, input) = runtime.block_on(async {
            let mut child = until_input_ends().spawn().unwrap();
            let input = child.stdin.take().unwrap().into_owned_fd().unwrap();
            (child, input)
        });
        let id = child.id().unwrap();
        drop(child);
        drop(runtime);
        assert!(exists(id));
        drop(input);
        on_each(|runtime| {
            runtime.block_on(async {
                while exists(id) {
                    shell("exit 0").status().await.unwrap();
                }
            });
        });
    }
}

#[test]
fn many_processes_are_waited_for_at_once() {
    spawn_on_each(|| async {
        let mut tasks = plies::task::JoinSet::new();
        for code in 0..40 {
            tasks.spawn(async move {
                let status = shell(&format!("exit {code}")).status().await.unwrap();
                assert_eq!(status.code(), Some(code));
            });
        }
        tasks.join_all().await;
    });
}

#[test]
fn the_output_of_one_is_the_input_of_another() {
    spawn_on_each(|| async {
        let mut first = shell("echo one; echo two");
        let mut first: Child = first.stdout(Stdio::piped()).spawn().unwrap();
        let pipe: Stdio = first.stdout.take().unwrap().try_into().unwrap();
        let last = Command::new("tail").arg("-n1").stdin(pipe).output();
        assert_eq!(last.await.unwrap().stdout, b"two\n");
        assert!(first.wait().await.unwrap().success());
    });
}

#[test]
fn a_command_is_set_up_as_stds() {
    spawn_on_each(|| async {
        let mut command = shell("echo $A$B$C $(pwd) $0");
        command
            .env_clear()
            .env("A", "1")
            .envs([("B", "2"), ("C", "3")]);
        command
            .env_remove("C")
            .current_dir("/")
            .arg("name")
            .process_group(0);
        assert_eq!(command.as_std().get_program(), "sh");
        let output = command.output().await.unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "12 / name\n");
        let std = std::process::Command::new("true");
        assert!(Command::from(std).status().await.unwrap().success());
    });
}

#[test]
fn outside_of_a_runtime_it_says_what_to_do() {
    let panic = catch_unwind(|| Command::new("true").spawn()).unwrap_err();
    assert!(message(&*panic).contains("no runtime is current on this thread"));
}

#[test]
fn a_process_is_started_with_what_only_unix_has() {
    spawn_on_each(|| async {
        let mut command = Command::new("sh");
        command
            .arg0("another-name")
            .args(["-c", "echo $0 $GREETING; umask"]);
        command.as_std_mut().env("GREETING", "hello");
        let set_mask = || {
            // SAFETY: `umask` is async-signal-safe, and cannot fail.
            unsafe { libc::umask(0o027) };
            Ok(())
        };
        // SAFETY: it only calls `umask`.
        unsafe { command.pre_exec(set_mask) };
        let output = command.output().await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text, "another-name hello\n0027\n");
    });
}

#[test]
fn a_process_is_started_through_a_function_of_the_users() {
    spawn_on_each(|| async {
        let mut seen = 0;
        let mut child = Command::new("true")
            .spawn_with(|command| {
                let child = command.spawn()?;
                seen = child.id();
                Ok(child)
            })
            .unwrap();
        assert_eq!(child.id(), Some(seen));
        assert!(child.wait().await.unwrap().success());
        let error = Command::new("true").spawn_with(|_| Err(std::io::Error::other("not today")));
        assert_eq!(error.unwrap_err().to_string(), "not today");
    });
}
