//! Does a thread compute, or does it sleep in the system? The platform's answer, where it has one.

/// A thread that others ask about.
pub(crate) struct Thread {
    state: Option<imp::Thread>,
    #[cfg(all(feature = "stall-stack", target_os = "linux", target_arch = "x86_64"))]
    stack: Option<super::stack::Target>,
}

impl Thread {
    /// The calling thread.
    pub(crate) fn current() -> Self {
        Thread {
            state: imp::current(),
            #[cfg(all(feature = "stall-stack", target_os = "linux", target_arch = "x86_64"))]
            stack: super::stack::Target::current(),
        }
    }

    /// Is it on a processor, or waiting for one? `None` where the platform does not say, or the
    /// thread is gone.
    pub(crate) fn is_on_cpu(&self) -> Option<bool> {
        self.state.as_ref().and_then(imp::is_on_cpu)
    }

    /// The calls that it is in; `None` where the platform has no way to tell, or no answer comes.
    #[cfg(feature = "stall-stack")]
    pub(super) fn stack(&self) -> Option<super::Stack> {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        return self.stack.as_ref().and_then(super::Stack::of);
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
        None
    }
}

/// The threads of a model checker are all on one of the system's: each counts as asleep there, and
/// models decide what a worker does by what they have it wait for.
#[cfg(any(plies_loom, plies_shuttle))]
mod imp {
    pub(super) struct Thread;

    pub(super) fn current() -> Option<Thread> {
        Some(Thread)
    }

    pub(super) fn is_on_cpu(_: &Thread) -> Option<bool> {
        Some(false)
    }
}

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(any(plies_loom, plies_shuttle))
))]
mod imp {
    use std::path::{Path, PathBuf};

    pub(super) type Thread = Box<Path>;

    /// The file with the thread's state, by the thread's number.
    pub(super) fn current() -> Option<Thread> {
        let own = std::fs::read_link("/proc/thread-self").ok()?;
        let number = own.file_name()?;
        let file: PathBuf = ["/proc/self/task".as_ref(), number, "stat".as_ref()]
            .iter()
            .collect();
        Some(file.into())
    }

    /// The field after the name in parentheses is the state; `R` is running or runnable.
    pub(super) fn is_on_cpu(thread: &Thread) -> Option<bool> {
        let stat = std::fs::read(thread).ok()?;
        let name_end = stat.iter().rposition(|byte| *byte == b')')?;
        Some(*stat.get(name_end + 2)? == b'R')
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", plies_loom, plies_shuttle)))]
mod imp {
    pub(super) enum Thread {}

    pub(super) fn current() -> Option<Thread> {
        None
    }

    pub(super) fn is_on_cpu(thread: &Thread) -> Option<bool> {
        match *thread {}
    }
}

#[cfg(all(
    test,
    any(target_os = "linux", target_os = "android"),
    not(any(plies_loom, plies_shuttle))
))]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_running_thread_is_on_the_cpu() {
        assert_eq!(Thread::current().is_on_cpu(), Some(true));
    }

    #[test]
    fn a_waiting_thread_is_off_the_cpu_and_a_gone_one_is_neither() {
        let (tell, told) = mpsc::channel();
        let (let_go, wait) = mpsc::channel::<()>();
        let waiting = std::thread::spawn(move || {
            tell.send(Thread::current()).unwrap();
            wait.recv().unwrap();
        });
        let thread = told.recv().unwrap();
        while thread.is_on_cpu() != Some(false) {
            std::thread::yield_now();
        }
        let_go.send(()).unwrap();
        waiting.join().unwrap();
        while thread.is_on_cpu().is_some() {
            std::thread::yield_now();
        }
    }
}
