//! Child processes, their pipes, and signals.

use std::process::Stdio;

use plies::process::{Child, Command};
use plies::signal::unix::{SignalKind, signal};

use super::streams::{reading, writing};
use crate::ROUNDS;
use crate::cut::{at_each_cut, in_every_wait};
use crate::util::spawn_on_each;

/// A process that sends back what it is sent, until that ends.
fn cat() -> Child {
    Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

#[test]
fn waiting_for_a_process() {
    at_each_cut(|cut| async move {
        for _ in 0..3 {
            let mut child = cat();
            let input = child.stdin.take();
            let ends = async move { drop(input) };
            assert!(cut.drop_midway(child.wait(), ends).await.is_none());
            assert!(child.wait().await.unwrap().success());
        }
    });
}

#[test]
fn the_pipes_of_a_process() {
    at_each_cut(|cut| async move {
        let mut child = cat();
        reading(
            cut,
            child.stdout.take().unwrap(),
            child.stdin.take().unwrap(),
        )
        .await;
        assert!(child.wait().await.unwrap().success());
        let mut child = cat();
        writing(
            cut,
            child.stdin.take().unwrap(),
            child.stdout.take().unwrap(),
        )
        .await;
        assert!(child.wait().await.unwrap().success());
    });
}

#[test]
fn running_a_process_to_its_end() {
    spawn_on_each(|| async {
        let output = || {
            Command::new("sh")
                .args(["-c", "sleep 0.02; echo out; echo err >&2; exit 3"])
                .kill_on_drop(true)
                .output()
        };
        // How often it waits is up to how fast the process is.
        let (output, _) = in_every_wait(output).await;
        let output = output.unwrap();
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
        assert_eq!(output.status.code(), Some(3));
    });
}

#[test]
fn waiting_for_a_signal() {
    at_each_cut(|cut| async move {
        let mut listener = signal(SignalKind::user_defined2()).unwrap();
        for _ in 0..ROUNDS {
            let arrives = async {
                // SAFETY: raising a signal that has a handler has no precondition.
                assert_eq!(unsafe { libc::raise(libc::SIGUSR2) }, 0);
            };
            assert!(cut.drop_midway(listener.recv(), arrives).await.is_none());
            listener.recv().await.unwrap();
        }
    });
}
