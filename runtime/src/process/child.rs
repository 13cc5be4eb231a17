//! A process that was started.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Output};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt};

use super::exit::ExitWatch;
use super::{ChildStderr, ChildStdin, ChildStdout, orphan};
use crate::runtime::Handle;
use crate::unwind::NotUnwindSafe;

/// A child process; made by [`Command::spawn`](super::Command::spawn).
///
/// # Examples
///
/// ```
/// use std::process::Stdio;
/// use plies::io::AsyncWriteExt;
/// use plies::process::Command;
///
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut sort = Command::new("sort");
/// let mut child = sort.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
/// let mut input = child.stdin.take().expect("it is piped");
/// input.write_all(b"pear\napple\n").await?;
/// drop(input); // The end of its input.
/// assert_eq!(child.wait_with_output().await?.stdout, b"apple\npear\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Child {
    process: Process,
    /// The child's standard input, if it is piped; take it to write to it and drop it.
    pub stdin: Option<ChildStdin>,
    /// The child's standard output, if it is piped.
    pub stdout: Option<ChildStdout>,
    /// The child's standard error, if it is piped.
    pub stderr: Option<ChildStderr>,
    _unwind: NotUnwindSafe,
}

#[derive(Debug)]
enum Process {
    Running(Running),
    Ended(ExitStatus),
}

/// A process that was not reaped. Dropped, it is killed if that is asked for, and reaped later.
#[derive(Debug)]
struct Running {
    /// `None` only once it has been reaped or given to the orphans.
    child: Option<std::process::Child>,
    watch: Option<ExitWatch>,
    runtime: Handle,
    kill_on_drop: bool,
}

impl Running {
    /// The process, which is there: who takes it changes or drops all of this with it.
    fn child(&mut self) -> &mut std::process::Child {
        self.child
            .as_mut()
            .expect("a running process was not reaped")
    }

    fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        let mut watch = self.watch.take();
        let status = ExitWatch::poll_exit(&mut watch, self.child(), cx);
        self.watch = watch;
        status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            if self.kill_on_drop {
                // It may have ended by itself.
                let _ = child.kill();
            }
            orphan::adopt(child, &self.runtime);
        }
    }
}

impl Child {
    /// Takes over a process of std.
    pub(super) fn new(
        mut child: std::process::Child,
        runtime: Handle,
        kill_on_drop: bool,
    ) -> io::Result<Self> {
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // First, so that an error below leaves no zombie.
        let process = Process::Running(Running {
            child: Some(child),
            watch: None,
            runtime,
            kill_on_drop,
        });
        Ok(Self {
            process,
            stdin: stdin.map(ChildStdin::from_std).transpose()?,
            stdout: stdout.map(ChildStdout::from_std).transpose()?,
            stderr: stderr.map(ChildStderr::from_std).transpose()?,
            _unwind: NotUnwindSafe::default(),
        })
    }

    /// The id of the process; `None` once it has been waited for, as the system may give the
    /// number to another then.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        match &self.process {
            Process::Running(running) => running.child.as_ref().map(std::process::Child::id),
            Process::Ended(_) => None,
        }
    }

    /// Kills the process, without waiting for its end; does nothing if it has been waited for.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn start_kill(&mut self) -> io::Result<()> {
        match &mut self.process {
            Process::Running(running) => running.child().kill(),
            Process::Ended(_) => Ok(()),
        }
    }

    /// Kills the process and waits for its end.
    ///
    /// # Errors
    ///
    /// As [`start_kill`](Self::start_kill) and [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropped once it was polled, the process has been killed and can be waited for.
    pub async fn kill(&mut self) -> io::Result<()> {
        self.start_kill()?;
        self.wait().await.map(drop)
    }

    /// Closes the standard input, if that was not taken, and waits for the end of the process.
    ///
    /// Called again, it returns the same.
    ///
    /// # Errors
    ///
    /// When the process cannot be watched, and when the runtime shuts down.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing; the standard input is closed.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        poll_fn(|cx| self.poll_wait(cx)).await
    }

    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        let status = match &mut self.process {
            Process::Ended(status) => *status,
            Process::Running(running) => ready!(running.poll_exit(cx))?,
        };
        self.ended(status);
        Poll::Ready(Ok(status))
    }

    /// Whether the process has ended, and how. Leaves the standard input open.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = match &mut self.process {
            Process::Ended(status) => return Ok(Some(*status)),
            Process::Running(running) => running.child().try_wait()?,
        };
        if let Some(status) = status {
            self.ended(status);
        }
        Ok(status)
    }

    fn ended(&mut self, status: ExitStatus) {
        if let Process::Running(running) = &mut self.process {
            // Reaped: there is nothing to kill or to look after.
            running.child = None;
        }
        self.process = Process::Ended(status);
    }

    /// Waits for the end of the process, and reads what it writes to those standard streams that
    /// are piped and were not taken.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and of the reads.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the child, and what was read.
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        let stdout = read_to_end(self.stdout.take());
        let stderr = read_to_end(self.stderr.take());
        let (mut stdout, mut stderr) = (pin!(stdout), pin!(stderr));
        let mut wait = pin!(self.wait());
        // All at once: a process that fills one pipe waits for it to be read.
        let (mut status, mut out, mut err) = (None, None, None);
        poll_fn(|cx| {
            // Not `&&`: each is polled, also while another is pending.
            let pending = poll_into(&mut status, wait.as_mut(), cx)?
                | poll_into(&mut out, stdout.as_mut(), cx)?
                | poll_into(&mut err, stderr.as_mut(), cx)?;
            match (status, pending) {
                (Some(status), false) => Poll::Ready(Ok(Output {
                    status,
                    stdout: out.take().unwrap_or_default(),
                    stderr: err.take().unwrap_or_default(),
                })),
                _ => Poll::Pending,
            }
        })
        .await
    }
}

async fn read_to_end(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Polls `future` unless it has filled `slot`; returns whether it is pending.
fn poll_into<T>(
    slot: &mut Option<T>,
    future: std::pin::Pin<&mut impl Future<Output = io::Result<T>>>,
    cx: &mut Context<'_>,
) -> io::Result<bool> {
    if slot.is_none()
        && let Poll::Ready(result) = future.poll(cx)
    {
        *slot = Some(result?);
    }
    Ok(slot.is_none())
}
