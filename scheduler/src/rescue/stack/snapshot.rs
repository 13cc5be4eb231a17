//! A thread's registers and the bytes of its stack, copied by the thread itself in a signal handler.
//!
//! There is one slot for the whole process, and one asks at a time. Its word says whose turn it is:
//!
//! | word | by | ordering | publishes |
//! |---|---|---|---|
//! | free → asked of thread T | who asks | Release | where T's stack is |
//! | asked of T → T answers | T's handler | Acquire (compare-exchange) | – |
//! | T answers → answered | T's handler | Release | the copy |
//! | asked of T → free | who asked, out of patience | Relaxed (compare-exchange) | – |
//! | answered → free | who asked, or who asks next | Acquire before | that the copy was read |
//!
//! A handler that comes late finds the word free, or asked of another thread, and does nothing. One
//! that is held up while it answers keeps the slot: until it is done, nobody gets a stack.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::mem::zeroed;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How much of a stack is copied: the innermost calls.
const WORDS: usize = 32 * 1024;

/// How long a thread has for its answer. It holds up the monitor for as long.
const PATIENCE: Duration = Duration::from_millis(10);

/// A thread that can be asked.
pub(in crate::rescue) struct Target {
    number: i32,
    stack: Range<usize>,
}

/// What a thread answered.
pub(super) struct Snapshot {
    pub(super) instruction: u64,
    pub(super) stack_pointer: u64,
    pub(super) base_pointer: u64,
    /// The address of the first of `words`.
    start: u64,
    words: Vec<u64>,
}

impl Snapshot {
    /// The word at this address of the stack.
    pub(super) fn read(&self, address: u64) -> Option<u64> {
        let offset = address.checked_sub(self.start)?;
        let word = self.words.get(usize::try_from(offset / 8).ok()?)?;
        (offset % 8 == 0).then_some(*word)
    }
}

impl Target {
    /// The calling thread; `None` if the system does not say where its stack is.
    pub(in crate::rescue) fn current() -> Option<Self> {
        // SAFETY: all-zero is a valid value for this type of plain numbers and pointers.
        let mut attributes: libc::pthread_attr_t = unsafe { zeroed() };
        let (mut start, mut length) = (std::ptr::null_mut(), 0);
        // SAFETY: the pointers are to locals of the right types, and the attributes are read and
        // destroyed only once they were made.
        unsafe {
            if libc::pthread_getattr_np(libc::pthread_self(), &raw mut attributes) != 0 {
                return None;
            }
            let got = libc::pthread_attr_getstack(&attributes, &raw mut start, &raw mut length);
            libc::pthread_attr_destroy(&raw mut attributes);
            let start = start as usize;
            (got == 0).then(|| Target {
                number: own_number(),
                stack: start..start + length,
            })
        }
    }
}

fn own_number() -> i32 {
    // SAFETY: the call takes no arguments, touches no memory, and cannot fail.
    unsafe { libc::gettid() }
}

const FREE: u64 = 0;
const ASKED: u64 = 1;
const ANSWERING: u64 = 2;
const ANSWERED: u64 = 3;

/// The word for a thread's turn.
fn of(thread: i32, step: u64) -> u64 {
    (thread as u64) << 2 | step
}

struct Slot {
    word: AtomicU64,
    stack_start: AtomicUsize,
    stack_end: AtomicUsize,
    instruction: AtomicU64,
    stack_pointer: AtomicU64,
    base_pointer: AtomicU64,
    copied: AtomicUsize,
    copy: Copy,
}

struct Copy(UnsafeCell<[u64; WORDS]>);

// SAFETY: the slot's word says which thread may touch the copy: the handler that answers, then who
// asked.
unsafe impl Sync for Copy {}

static SLOT: Slot = Slot {
    word: AtomicU64::new(FREE),
    stack_start: AtomicUsize::new(0),
    stack_end: AtomicUsize::new(0),
    instruction: AtomicU64::new(0),
    stack_pointer: AtomicU64::new(0),
    base_pointer: AtomicU64::new(0),
    copied: AtomicUsize::new(0),
    copy: Copy(UnsafeCell::new([0; WORDS])),
};

/// Asks a thread, and waits for the answer; `None` if there is none in time.
pub(super) fn take(thread: &Target) -> Option<Snapshot> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let signal = signal()?;
    if !SLOT.ask(thread) {
        return None;
    }
    // SAFETY: it sends a signal, whose handler is in place, to a thread of this process. If the
    // thread is gone, the call fails; if another one has its number by now, that one ignores it.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread.number, signal) };
    if sent == 0 {
        SLOT.wait(thread);
    }
    SLOT.collect(thread)
}

impl Slot {
    /// False if somebody who was asked earlier has not finished the answer.
    fn ask(&self, thread: &Target) -> bool {
        let word = self.word.load(Ordering::Acquire);
        if word != FREE && word & 3 != ANSWERED {
            return false;
        }
        self.stack_start
            .store(thread.stack.start, Ordering::Relaxed);
        self.stack_end.store(thread.stack.end, Ordering::Relaxed);
        self.word.store(of(thread.number, ASKED), Ordering::Release);
        true
    }

    /// Waits for the answer, as long as there is patience.
    fn wait(&self, thread: &Target) {
        let start = Instant::now();
        let answered = of(thread.number, ANSWERED);
        while self.word.load(Ordering::Relaxed) != answered && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_micros(50));
        }
    }

    /// Takes the answer, or the question back.
    fn collect(&self, thread: &Target) -> Option<Snapshot> {
        let (asked, answered) = (of(thread.number, ASKED), of(thread.number, ANSWERED));
        let (success, failure) = (Ordering::Relaxed, Ordering::Acquire);
        let Err(word) = self.word.compare_exchange(asked, FREE, success, failure) else {
            return None;
        };
        if word != answered {
            return None;
        }
        let copied = self.copied.load(Ordering::Relaxed);
        // SAFETY: the handler has finished its answer, which the load above acquired, and nobody
        // is asked before this function has returned.
        let copy = unsafe { &*self.copy.0.get() };
        let stack_pointer = self.stack_pointer.load(Ordering::Relaxed);
        let snapshot = Snapshot {
            instruction: self.instruction.load(Ordering::Relaxed),
            stack_pointer,
            base_pointer: self.base_pointer.load(Ordering::Relaxed),
            start: stack_pointer & !7,
            words: copy[..copied].to_vec(),
        };
        self.word.store(FREE, Ordering::Relaxed);
        (copied > 0).then_some(snapshot)
    }

    /// The handler's part: what is copied is the stack from the interrupted call's pointer on, if
    /// that points into the thread's own stack (a coroutine's it leaves alone).
    fn answer(&self, thread: i32, [instruction, stack_pointer, base_pointer]: [u64; 3]) {
        let (asked, answering) = (of(thread, ASKED), of(thread, ANSWERING));
        let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
        let turn = self
            .word
            .compare_exchange(asked, answering, success, failure);
        if turn.is_err() {
            return;
        }
        self.instruction.store(instruction, Ordering::Relaxed);
        self.stack_pointer.store(stack_pointer, Ordering::Relaxed);
        self.base_pointer.store(base_pointer, Ordering::Relaxed);
        let start = stack_pointer as usize & !7;
        let end = self.stack_end.load(Ordering::Relaxed);
        let inside = (self.stack_start.load(Ordering::Relaxed)..end).contains(&start);
        let words = if inside {
            ((end - start) / 8).min(WORDS)
        } else {
            0
        };
        // SAFETY: the words are part of this thread's stack above the interrupted call's pointer,
        // which is mapped and which nobody changes while the handler runs; the copy is this
        // handler's while the word says that it answers. They do not overlap: one is a static.
        unsafe { super::copy(start, self.copy.0.get().cast(), 8 * words) };
        self.copied.store(words, Ordering::Relaxed);
        self.word.store(of(thread, ANSWERED), Ordering::Release);
    }
}

/// Runs on the asked thread, wherever that was. Everything in it is safe to do there: atomics, a
/// copy of memory, and one system call that cannot fail and so leaves `errno` alone.
extern "C" fn handler(_: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the handler was installed with `SA_SIGINFO`, so the system passes a context, and it
    // lasts until the handler returns.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let [instruction, stack_pointer, base_pointer] = [libc::REG_RIP, libc::REG_RSP, libc::REG_RBP]
        .map(|register| registers[register as usize] as u64);
    SLOT.answer(own_number(), [instruction, stack_pointer, base_pointer]);
}

/// The signal that the handler is installed for: the last real-time signal that nobody used when
/// the first stack was asked for. `None` if all are in use.
fn signal() -> Option<c_int> {
    static SIGNAL: OnceLock<Option<c_int>> = OnceLock::new();
    *SIGNAL.get_or_init(|| {
        let mut signals = (libc::SIGRTMIN()..=libc::SIGRTMAX()).rev();
        signals.find(|signal| is_unused(*signal) && install(*signal))
    })
}

fn is_unused(signal: c_int) -> bool {
    // SAFETY: all-zero is a valid value, and the call only writes to it.
    unsafe {
        let mut current: libc::sigaction = zeroed();
        let asked = libc::sigaction(signal, std::ptr::null(), &raw mut current);
        asked == 0 && current.sa_sigaction == libc::SIG_DFL
    }
}

fn install(signal: c_int) -> bool {
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = handler;
    // SAFETY: all-zero is a valid value; the handler has the signature that `SA_SIGINFO` asks for,
    // and does only what may be done in one.
    unsafe {
        let mut action: libc::sigaction = zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(signal, &action, std::ptr::null_mut()) == 0
    }
}
